// A page that the phone itself shows without a network: fills in what was typed, and sends.
((d, n) => {
  const box = d.getElementById("wait"), s = box.dataset, form = d.querySelector("form[novalidate]");
  const tell = what => n.ready.then(r => r.active.postMessage([location.pathname, what]));
  let pause = 2000, clock;
  const again = () => {
    clearTimeout(clock);
    tell("send");
    clock = setTimeout(again, pause);
    pause = Math.min(pause * 2, 300000);
  };
  const soon = () => {
    pause = 2000;
    +s.left ? again() : location.reload();
  };
  const done = (words, style) => {
    clearTimeout(clock);
    box.className = style;
    box.textContent = words;
    s.left = "";
    box.focus();
  };
  n.onmessage = ({data}) => {
    const count = d.getElementById("count");
    if (data.gone) done(s.gone, "i");
    else if (data.left) count && (count.textContent = s.count.replace("{n}", data.left));
    else if (!+s.left) return;
    else if (s.shell || data.wrong) location.replace(data.at || location.pathname);
    else done(s.sent, "i");
  };
  const typed = new URLSearchParams(s.fill);
  for (const e of s.fill && form ? form.elements : [])
    if (/radio|checkbox/.test(e.type)) e.checked = typed.getAll(e.name).includes(e.value);
    else if (e.name === "csrf_token" && typed.has(e.name))
      e.value = e.value.slice(0, 16) + typed.get(e.name).slice(16);  // what this phone has seen
    else if (/text/.test(e.type) && typed.has(e.name)) e.value = typed.get(e.name);
  history.replaceState(null, "", location.pathname);
  const on = (id, work) => d.getElementById(id) && (d.getElementById(id).onclick = work);
  on("again", soon);
  on("drop", () => confirm(s.ask) && tell("drop"));
  if (!d.getElementById("again")) return;
  if (+s.left || s.shell) addEventListener("online", soon);
  if (+s.left) {
    d.addEventListener("visibilitychange", () => d.hidden || !+s.left || soon());
    clock = setTimeout(again, pause);
  }
})(document, navigator.serviceWorker);
