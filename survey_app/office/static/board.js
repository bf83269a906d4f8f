// Renews the board every half minute while somebody sees it. Without it the page is whole as it is.
(() => {
  const board = document.getElementById("board");
  if (!board || !board.dataset.renew) return;
  const EVERY = 30000;
  let last = Date.now();
  let asking = false;

  const places = () => [...board.querySelectorAll(".table-wrap")].map((it) => [it.scrollLeft, it.scrollTop]);
  const opened = () => [...board.querySelectorAll("details")].map((it) => it.open);

  function show(html) {
    const focused = board.contains(document.activeElement) && document.activeElement;
    const links = [...board.querySelectorAll("a, summary, [tabindex]")];
    const at = focused ? links.indexOf(focused) : -1;
    const scrolled = places();
    const open = opened();
    board.innerHTML = html;
    board.querySelectorAll("details").forEach((it, i) => { it.open = Boolean(open[i]); });
    board.querySelectorAll(".table-wrap").forEach((it, i) => {
      if (scrolled[i]) [it.scrollLeft, it.scrollTop] = scrolled[i];
    });
    if (at >= 0) board.querySelectorAll("a, summary, [tabindex]")[at]?.focus({ preventScroll: true });
  }

  async function renew() {
    if (asking || document.hidden || Date.now() - last < EVERY) return;
    asking = true;
    try {
      const reply = await fetch(board.dataset.renew + location.search, { redirect: "error" });
      if (reply.ok) show(await reply.text());
      if (reply.status === 401 || reply.status === 403) delete board.dataset.renew;
    } catch {
      // No network, or signed out: what is shown stays, with the time that it is of.
    } finally {
      last = Date.now();
      asking = false;
    }
  }

  setInterval(() => { if (board.dataset.renew) renew(); }, 1000);
  document.addEventListener("visibilitychange", renew);
})();
