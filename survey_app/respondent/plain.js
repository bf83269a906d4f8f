// For phones that can keep nothing: a button first asks whether the server is there, so that a page
// never gives way to the browser's own error page with the answers on it.
((d, said) => {
  const form = d.forms[0], note = d.createElement("p");
  let there;
  note.className = "e";
  note.id = "off";
  note.tabIndex = -1;
  note.hidden = true;
  note.setAttribute("role", "alert");
  note.textContent = said[d.documentElement.lang] || said.vi;
  [...form.querySelectorAll("main button:not(.p)")].pop().before(note);
  const lost = () => {
    note.hidden = false;
    note.focus();
  };
  form.addEventListener("click", event => {
    const button = event.target.closest("button");
    if (!button || there) return;
    event.preventDefault();
    note.hidden = true;
    const clock = setTimeout(lost, 20000), headers = {"CCHC-Ask": "1"};
    fetch(form.getAttribute("action"), {method: "HEAD", headers}).then(reply => {
      if (!reply.headers.has("CCHC-Kept")) throw reply;
      clearTimeout(clock);
      there = true;
      button.click();
      there = false;
    }).catch(lost);
  });
})(document, SAID);
