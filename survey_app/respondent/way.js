// What is asked without a network, and how it looks: from the form as the server drew it (whole.py)
// and from what was typed. The rules are those of journey.py and views.py; the server applies them
// again to whatever is sent. Nothing is kept or sent here.
// GIVEN stands before this text: words, an empty page, the waiting page's script, its policy.
const WAY = (() => {
  const NOTHING = {given: {}, skipped: [], taken: [], left: []};
  const unitOf = key => key.split("~")[1] || "";
  const keyOf = path => (/^\/p\/\w+\/([^?]*)/.exec(path) || ["", ""])[1];
  const goOf = body => new URLSearchParams(body).get("go") || "next";
  const sends = ({path, body}) => keyOf(path) === "~" && goOf(body) === "send";
  const escaped = text => text.replace(/[&<>"]/g, c => `&#${c.charCodeAt()};`);
  const whole = values => values.map(value => value.trim()).filter(Boolean);

  // ---- the state: what was typed on each page, which units were skipped or taken up again, from
  // which pages one went on
  const noted = (state, {path, body}) => {
    const key = keyOf(path), sent = new URLSearchParams(body), go = goOf(body), unit = unitOf(key);
    if (!key || key === "~") return state;
    const without = (list, gone) => list.filter(each => each !== gone);
    let {skipped, taken = [], left} = state;
    const page = {...state.given[key]};
    if (go === "skip") {
      skipped = [...without(skipped, unit), unit];
      taken = without(taken, unit);
    } else {
      let answered = false;
      for (const name of sent.keys()) if (!/^(go|page)$/.test(name)) {
        page[name] = whole(sent.getAll(name));
        answered = answered || name !== "csrf_token" && page[name].length > 0;
      }
      if (answered && unit) {
        skipped = without(skipped, unit);
        taken = [...without(taken, unit), unit];
      }
      if (!/^(back$|keep$|lang-)/.test(go)) left = [...without(left, key), key];
    }
    return {given: {...state.given, [key]: page}, skipped, taken, left};
  };
  const joined = (form, own) => ({  // what the server knew, and what was typed here since
    given: {...form.given, ...own.given},
    skipped: [...form.skipped.filter(unit => !own.taken.includes(unit)), ...own.skipped],
    left: [...form.left, ...own.left],
  });
  const fill = (state, key) => new URLSearchParams(Object.entries(state.given[key] || {})
    .flatMap(([name, values]) => values.map(value => [name, value]))).toString();

  // ---- the way: one pass from the top, as in Journey
  const walk = (form, state) => {
    const counted = {"": {}};
    let before = "";
    return form.pages.map(page => {
      const off = page.unit !== "" && state.skipped.includes(page.unit);
      if (off && page.unit === before) return {...page, off, asked: [], lacking: [], here: {}};
      const here = off ? {} : counted[page.unit] = counted[page.unit] || {};
      const asked = page.items.filter(item => {
        const known = {...counted[""], ...here};
        for (const [other, codes] of Object.entries(item.if || {}))
          if (!(known[other] || []).some(code => codes.includes(code))) return false;
        const own = (state.given[page.key] || {})[item.name] || [];
        if (own.length) here[item.name] = own;
        return true;
      });
      if (asked.length) before = page.unit;
      const lacking = asked.filter(item => !off && item.required && !here[item.name]);
      return {...page, off, asked, lacking, here};
    });
  };
  const on = way => way.filter(page => page.asked.length);
  const next = (way, state) => on(way).find(
    page => !page.off && (page.lacking.length || !state.left.includes(page.key)));
  const turned = (form, before, state, {path, body}) => {  // where a button leads, and what is wrong
    const key = keyOf(path), go = goOf(body), old = walk(form, before), way = walk(form, state);
    const goes_on = () => ({key: (next(way, state) || {key: "~"}).key});
    const at = way.findIndex(page => page.key === key), page = way[at];
    if (/^lang-/.test(go)) return {key};
    if (!page) return go === "begin" ? goes_on() : null;
    if (go === "back") return {key: (on(way.slice(0, at)).pop() || page).key};
    if (go !== "skip") {
      const sent = new URLSearchParams(body);
      const fresh = page.asked.filter(
        item => !old[at].asked.includes(item) && !whole(sent.getAll(item.name)).length);
      if (page.lacking.some(item => !fresh.includes(item)))
        return {key, what: "lacking", items: page.lacking};
      if (fresh.length) return {key, what: "opened", items: fresh};
    }
    if (!next(old, before)) return goes_on();
    return {key: (on(way.slice(at + 1))[0] || {key: "~"}).key};
  };

  // ---- how it looks
  const asks = item => (item.html.match(/<legend>(.*?)(?:&nbsp;\*| <small>|<\/legend>)/s)
    || item.html.match(/<label for="[^"]*">(.*?)<\/label>/s))[1];
  const says = (item, values) => {  // options in the order in which they are shown
    if (!/<legend>/.test(item.html)) return escaped(values.join());
    const options = item.html.matchAll(/ value="([^"]+)"[^>]*>(.*?)<\/label>/gs);
    return [...options].filter(([, code]) => values.includes(code)).map(([, , said]) => said).join("; ");
  };
  const note = (form, {what, items}) =>
    `<div class="${what === "opened" ? "i" : "e"}" id="errors" tabindex="-1" autofocus role="${
      what === "opened" ? "status" : "alert"}"><h2>${form.words[what]}</h2><ul>${items.map(item =>
      `<li><a href="#${item.name}-1"><span${form.said}>${asks(item)}</span></a></li>`).join("")}</ul></div>`;
  const told = (form, {name, html}, what) => {  // the item where the note leads, with what is wrong
    const at = html.replace(/<input type="(?:radio|checkbox)" name="[^"]*" value="[^"]*"/,
      input => `${input} id="${name}-1"`);
    return what !== "lacking" ? at : at.replace("</legend>",
      () => ` <b class="m"${form.by_house}>${form.words.missing}</b></legend>`);
  };
  const drawn = (form, way, page, wrong) => {
    const pages = on(way), at = pages.indexOf(page) + 1, of = pages.length;
    const step = form.words.step.replace("{at}", at).replace("{of}", of);
    let heading = "", before = page.before.replace(/<label class="soft">[^<]*<progress [^>]*>/,
      `<label class="soft">${step}<progress max="${of}" value="${at}">`);
    if (page.off) before = before.replace('<button class="p s"',
      button => `<p class="i">${form.words.skipped}</p>` + button);
    if (wrong && wrong.what) before = before.replace("<main>", main => main + note(form, wrong));
    return before + page.asked.map(item => {
      const above = item.heading === heading ? "" : item.heading;
      heading = item.heading;
      const is_told = wrong && wrong.what && wrong.items.includes(item);
      return above + (is_told ? told(form, item, wrong.what) : item.html);
    }).join("") + page.after;
  };
  const parts = pages => pages.reduce((all, page) => {  // those about one of many units together
    const last = all[all.length - 1];
    const goes_on = page.brief && last && last[0].brief && last[0].unit === page.unit;
    return goes_on ? [...all.slice(0, -1), [...last, page]] : [...all, [page]];
  }, []);
  const summed = (form, part) => {
    const asked = part.flatMap(page => page.asked), {off, brief, here} = part[0];
    if (off) return `<p>${form.words.skipped_here}</p>`;
    if (brief) return `<p>${form.words.count
      .replace("{answered}", asked.filter(item => here[item.name]).length)
      .replace("{asked}", asked.length)}</p>`;
    return `<dl${form.said}>${asked.map(item => `<dt>${asks(item)}<dd>${here[item.name]
      ? says(item, here[item.name])
      : `<span class="soft"${form.by_house}>${form.words.none}</span>`}`).join("")}</dl>`;
  };
  const reviewed = (form, way, link) => form.review.before + parts(on(way)).map(part => {
    const title = escaped(part[0].title), {key} = part.find(page => page.lacking.length) || part[0];
    return `<div class="r"><div class="t"><h2${form.said}>${title}</h2><a class="c" href="${link}/${
      key}" aria-label="${form.words.change}: ${title}">${form.words.change}</a></div>${
      summed(form, part)}</div>`;
  }).join("") + form.review.after;
  const page = (form, state, link, {key, ...wrong}) => {
    const way = walk(form, state), asked = on(way).find(each => each.key === key);
    const other = asked || key !== "~" && next(way, state);
    return other ? {key: other.key, html: drawn(form, way, other, wrong)}
      : {key: "~", html: reviewed(form, way, link)};
  };

  // ---- the phone's own page around it
  const shown = (html, {left, shell, fill, form, done, ends}) => {
    const words = GIVEN.words[(html.match(/<html lang="(\w+)"/) || [])[1]] || GIVEN.words.vi;
    const data = {left, fill: fill || "", sent: words.sent, ask: words.drop_ask, gone: words.dropped,
      count: words.count, ...(shell || done) && {shell: 1}};
    const rank = shell ? "h1" : "h2", heading = left ? words.unsent : words.no_network;
    const note = form ? words.not_saved : done ? words.done : left ? words.waiting : words.as_opened;
    const fields = [...new URLSearchParams(form || "")].map(([name, value]) =>
      `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`).join("");
    const button = form ? `<form method="post">${fields}<button>${words.send_again}</button></form>`
      : `<button type="button" id="again">${left ? words.send_again : words.try_again}</button>`
      + `<button type="button" class="p" id="drop">${words.drop}</button>`;
    const waits = left && !form && !done;
    const count = waits ? `<p id="count">${words.count.replace("{n}", left)}</p>` : "";
    const on = waits && !ends ? `<p>${shell ? words.later : words.go_on}</p>` : "";
    const box = `<div class="e" id="wait" role="alert" tabindex="-1"${Object.entries(data).map(
      ([key, value]) => ` data-${key}="${escaped(String(value))}"`).join("")}>`
      + `<${rank}>${heading}</${rank}>${count}<p>${note}</p>${on}${button}</div>`;
    const page = html.replace("<title>", () => `<title>${heading} – `)
      .replace("<main>", () => "<main>" + box)
      .replace("</body>", () => `<script>${GIVEN.script}</script></body>`);
    return new Response(page, {headers: {"Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": GIVEN.policy, "Cache-Control": "no-store",
      "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}});
  };
  return {GIVEN, NOTHING, shown, keyOf, goOf, sends, noted, joined, fill, turned, page};
})();
