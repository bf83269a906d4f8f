(() => {
  const frames = [...document.querySelectorAll("iframe")], gone = document.getElementById("gone");
  const version = document.body.dataset.version;
  const page = (frame) => frame.contentWindow.location.pathname.split("/")[3] || "";
  // Where each form is, so that the page comes back to the same pages.
  const here = (address) => {
    const url = new URL(address);
    for (const frame of frames) {
      const name = `at-${frame.dataset.language}`;
      page(frame) ? url.searchParams.set(name, page(frame)) : url.searchParams.delete(name);
      sessionStorage.setItem(name, `${page(frame)} ${frame.contentWindow.scrollY}`);
    }
    return url.href;
  };
  // What was typed and not yet sent is kept as the page itself would keep it, but before it goes.
  const keep = async (frame) => {
    const form = frame.contentDocument.forms[0];
    if (!form || ["", "~"].includes(page(frame))) return;
    const sent = new URLSearchParams(new FormData(form));
    sent.set("go", "keep");
    await fetch(form.getAttribute("action"), { method: "POST", body: sent });
  };
  for (const frame of frames) {
    frame.addEventListener("load", () => {
      const name = `at-${frame.dataset.language}`, kept = sessionStorage.getItem(name);
      sessionStorage.removeItem(name);
      const [key, height] = (kept || "").split(" ");
      if (kept && key === page(frame)) frame.contentWindow.scrollTo(0, Number(height));
    });
  }
  const look = async () => {
    try {
      const state = await (await fetch("/state", { cache: "no-store" })).json();
      gone.hidden = true;
      if (state.version !== version) {
        await Promise.allSettled(frames.map(keep));
        return location.replace(here(location.href));
      }
    } catch {
      gone.hidden = false;
    }
    setTimeout(look, 400);
  };
  setTimeout(look, 400);
})();
