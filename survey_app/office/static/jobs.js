// The page of a job tells by itself how far it is, and leads on when it is over.
(() => {
  const box = document.querySelector("[data-job]");
  if (!box) return;
  const part = (name) => box.querySelector(`[data-${name}]`);
  const bar = box.querySelector("progress");
  const steps = part("steps");
  const set = (element, text) => {
    if (element.textContent !== text) element.textContent = text; // else it would be read out again
  };
  const show = (now) => {
    bar.value = now.share;
    set(steps, now.how_far);
    set(part("state"), now.state);
    if (now.step) set(part("step"), now.step);
    set(part("left"), now.left);
    const cancel = document.querySelector("[data-cancel]");
    if (cancel && !now.can_cancel) cancel.remove();
  };
  const look = async () => {
    try {
      const reply = await fetch(box.dataset.job, { headers: { Accept: "application/json" } });
      if (reply.redirected) return location.reload(); // signed out meanwhile
      if (reply.ok) {
        const now = await reply.json();
        if (now.ended) return location.replace(box.dataset.then);
        show(now);
      }
    } catch {
      // the network is away: the next look tells
    }
    setTimeout(look, 1000);
  };
  setTimeout(look, 500);
})();
