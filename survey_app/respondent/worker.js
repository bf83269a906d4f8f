// The phone's own helper, between the form and the network. It holds nothing readable: what it
// keeps is sealed under a key made from the token in the address, learnt anew from each request.
// GIVEN stands before this text: words, an empty page, the waiting page's script, its policy.
"use strict";
const WITHIN = /^\/p\/([0-9a-hjkmnp-tv-z]{26})(?:\/([^/]*))?$/;
const PATIENCE = 20000;
const bytes = text => new TextEncoder().encode(text);
const hex = buffer =>
  [...new Uint8Array(buffer)].map(b => b.toString(16).padStart(2, "0")).join("");
const escaped = text => text.replace(/[&<>"]/g, c => `&#${c.charCodeAt()};`);
const locked = (name, work) => navigator.locks ? navigator.locks.request(name, work) : work();

// ---- keys: the same one-way functions as on the server (tokens.py)
const hmac = async (secret, text) => crypto.subtle.sign("HMAC", await crypto.subtle.importKey(
  "raw", secret, {name: "HMAC", hash: "SHA-256"}, false, ["sign"]), bytes(text));
const keysOf = async token => {
  const base = await crypto.subtle.importKey("raw", bytes(token), "HKDF", false, ["deriveKey"]);
  const made = {name: "HKDF", hash: "SHA-256", salt: bytes(""), info: bytes("cchc phone seal 1")};
  return {
    token,
    seal: await crypto.subtle.deriveKey(
      made, base, {name: "AES-GCM", length: 256}, false, ["encrypt", "decrypt"]),
    place: hex(await hmac(bytes(token), "cchc phone place 1")),
    kept: await hmac(bytes(token), "cchc kept 1"),
  };
};

// ---- what is kept: place/o/number is the outbox, place/c/... a page as opened, place/w/... a page
// on which something was wrong when it was sent without anybody looking
const store = (mode, work) => new Promise((done, failed) => {
  const opening = indexedDB.open("cchc", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("kept");
  opening.onerror = () => failed(opening.error);
  opening.onsuccess = () => {
    const base = opening.result, t = base.transaction("kept", mode, {durability: "strict"});
    const asked = work(t.objectStore("kept"));
    t.oncomplete = () => { base.close(); done(asked.result); };
    t.onabort = () => { base.close(); failed(t.error); };
  };
});
const under = prefix => IDBKeyRange.bound(prefix, prefix + "~");
const outbox = keys => store("readonly", kept => kept.getAllKeys(under(`${keys.place}/o/`)));
const remove = name => store("readwrite", kept => kept.delete(name));
const drop = keys => remove(under(`${keys.place}/`));
const seal = async (keys, name, value) => {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const data = await crypto.subtle.encrypt(
    {name: "AES-GCM", iv, additionalData: bytes(name)}, keys.seal, bytes(JSON.stringify(value)));
  await store("readwrite", kept => kept.put({iv, data}, name));
};
const unseal = async (keys, name) => {
  const found = await store("readonly", kept => kept.get(name));
  return found && JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt(
    {name: "AES-GCM", iv: found.iv, additionalData: bytes(name)}, keys.seal, found.data)));
};
const nameOf = async (keys, kind, path) =>
  `${keys.place}/${kind}/${hex(await hmac(keys.kept, "at:" + path))}`;
const queue = (keys, entry) => locked(`put ${keys.place}`, async () => {
  const last = (await outbox(keys)).pop() || "/0";
  const number = String(1 + +last.split("/").pop()).padStart(9, "0");
  await seal(keys, `${keys.place}/o/${number}`, entry);
  return `${keys.place}/o/${number}`;
});

// ---- the network: a reply counts only when it proves that the server read exactly what was sent
const ASKING = {"CCHC-Ask": "1"};  // only this helper is sent the proof: it weighs 130 bytes
const ask = async (request, options) => {
  const stop = new AbortController(), clock = setTimeout(() => stop.abort(), PATIENCE);
  try {
    const reply = await fetch(
      request, {headers: ASKING, ...options, cache: "no-store", signal: stop.signal});
    return {reply, html: await reply.text()};
  } catch { return null; } finally { clearTimeout(clock); }
};
const proof = async (keys, reply, body) => {
  const [verb, sum] = (reply.headers.get("CCHC-Kept") || "").split(" ");
  const digest = hex(await crypto.subtle.digest("SHA-256", bytes(body)));
  return sum && sum === hex(await hmac(keys.kept, `${verb}:${digest}`)) ? verb : "";
};
const post = async (keys, {path, body}) => {
  const headers = {...ASKING, "Content-Type": "application/x-www-form-urlencoded"};
  const got = await ask(path, {method: "POST", body, headers, redirect: "manual"});
  const verb = got && await proof(keys, got.reply, body);
  return verb ? {...got, verb} : null;
};
const awaited = new Map();  // presses that wait for their own reply, whoever sends them
const send = keys => locked(`send ${keys.place}`, async () => {
  let at = "", wrong = "";
  for (const name of await outbox(keys)) {
    const entry = await unseal(keys, name);
    const got = entry && await post(keys, entry);
    if (entry && !got) break;
    if (got && awaited.has(name)) awaited.set(name, got);
    else if (got) {
      at = told(got.html) || at;
      if (await unseen(keys, got)) wrong = wrong || told(got.html) || entry.path;
    }
    await remove(name);
    if (got && ended(entry, got.html)) await drop(keys);
  }
  return {left: (await outbox(keys)).length, at: wrong || at, wrong: wrong !== ""};
});
const ended = (entry, html) => / id="receipt"/.test(html) || /(^|&)go=refuse(&|$)/.test(entry.body);
const told = html => (html.match(/ data-at(?: action)?="([^"?]*)/) || ["", ""])[1];
const unseen = async (keys, {html, verb}) => {  // whether there is what must be looked at
  const at = told(html), wrong = at && / id="errors"/.test(html);
  if (wrong) await seal(keys, await nameOf(keys, "w", at), {html});
  return wrong || verb === "told";
};

// ---- pages that were opened, and the next two
const remember = async (keys, html, body, reply, path) => {
  if (!await proof(keys, reply, body)) return;
  if (/ id="receipt"/.test(html)) return drop(keys);
  const at = told(html) || path, near = reply.headers.get("CCHC-Near") || "";
  const mine = at.startsWith(`/p/${keys.token}`) && !/\/~$/.test(at);
  if (mine) await seal(keys, await nameOf(keys, "c", at), {html, near});
  return near.split(" ").slice(1).filter(key => key && key !== "~");
};
const look_ahead = async (keys, next) => {
  const link = navigator.connection;
  if (!next || link && link.saveData) return;
  await new Promise(later => setTimeout(later, 1000));
  for (const key of next) {
    const path = `/p/${keys.token}/${key}`;
    if (await unseal(keys, await nameOf(keys, "c", path))) continue;
    const got = await ask(path);
    if (got) await remember(keys, got.html, "", got.reply, path);
  }
};
const learn = async (keys, html, body, reply, path) => {
  try {
    await look_ahead(keys, await remember(keys, html, body, reply, path));
  } catch { /* no room */ }
};

// ---- what is shown without a network
const shown = (html, {left, shell, fill, form}) => {
  const words = GIVEN.words[(html.match(/<html lang="(\w+)"/) || [])[1]] || GIVEN.words.vi;
  const data = {left, fill: fill || "", sent: words.sent, ask: words.drop_ask, gone: words.dropped,
    count: words.count, ...shell && {shell: 1}};
  const rank = shell ? "h1" : "h2", heading = left ? words.unsent : words.no_network;
  const note = form ? words.not_saved : left ? words.waiting : words.as_opened;
  const fields = [...new URLSearchParams(form || "")].map(([name, value]) =>
    `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`).join("");
  const button = form ? `<form method="post">${fields}<button>${words.send_again}</button></form>`
    : `<button type="button" id="again">${left ? words.send_again : words.try_again}</button>`
    + `<button type="button" class="p" id="drop">${words.drop}</button>`;
  const box = `<div class="e" id="wait" role="alert" tabindex="-1"${Object.entries(data).map(
    ([key, value]) => ` data-${key}="${escaped(String(value))}"`).join("")}>`
    + `<${rank}>${heading}</${rank}>` + (left && !form ? `<p id="count">${words.count.replace("{n}", left)}</p>` : "")
    + `<p>${note}</p>${left && !form && !shell ? `<p>${words.go_on}</p>` : ""}${button}</div>`;
  const page = html.replace("<title>", () => `<title>${heading} – `)
    .replace("<main>", () => "<main>" + box)
    .replace("</body>", () => `<script>${GIVEN.script}</script></body>`);
  return new Response(page, {headers: {"Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": GIVEN.policy, "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}});
};
const without = async (keys, path) => {
  const names = await outbox(keys), left = names.length;
  const copy = path && await unseal(keys, await nameOf(keys, "c", path));
  let fill = "";
  for (const name of names) {
    const entry = await unseal(keys, name);
    if (entry && entry.path === path) fill = entry.body;
  }
  if (copy) return shown(copy.html, {left, fill});
  const start = await unseal(keys, await nameOf(keys, "c", `/p/${keys.token}`));
  const language = (start && start.html.match(/<html lang="\w+"/) || [])[0];
  return shown(GIVEN.shell.replace(/<html lang="\w+"/, word => language || word), {left, shell: 1});
};
const turned = async (keys, path, body) => {  // the address that a button leads to, "" if not known
  const go = new URLSearchParams(body).get("go") || "next";
  if (go.startsWith("lang-")) return path;
  const copy = await unseal(keys, await nameOf(keys, "c", path));
  const [before, after] = (copy && copy.near || "").split(" ");
  const key = {next: after, skip: after, back: before}[go];
  return key && key !== "~" && key !== "-" ? `/p/${keys.token}/${key}` : "";
};

// ---- requests
const pressed = async (event, token, path) => {
  const keys = await keysOf(token), body = await event.request.clone().text();
  let name = "", got = null;
  try {
    name = await queue(keys, {path, body});  // kept first, sent then
    awaited.set(name, null);
    await send(keys);
    got = awaited.get(name);
  } catch {
    if (!name) got = await post(keys, {path, body});
  } finally { awaited.delete(name); }
  if (!got && !name) return shown(GIVEN.shell, {left: 1, shell: 1, form: body});
  if (!got) return without(keys, await turned(keys, path, body));
  event.waitUntil(learn(keys, got.html, body, got.reply, ""));
  const headers = new Headers(got.reply.headers);
  headers.delete("Content-Encoding");
  headers.delete("Content-Length");
  return new Response(got.html, {status: got.reply.status, headers});
};
const opened = async (event, token, path) => {
  const keys = await keysOf(token);
  if ((await outbox(keys)).length && (await send(keys)).left) return without(keys, path);
  const name = await nameOf(keys, "w", path), wrong = await unseal(keys, name);
  if (wrong) {
    await remove(name);
    const headers = {"Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": GIVEN.policy, "Referrer-Policy": "no-referrer"};
    return new Response(wrong.html, {headers});
  }
  const late = new Promise((_, no) => setTimeout(no, PATIENCE));
  try {
    const options = {headers: ASKING, redirect: "manual", cache: "no-store"};
    const reply = await Promise.race([fetch(event.request.url, options), late]);
    const copy = reply.clone();
    if (reply.headers.has("CCHC-Kept"))
      event.waitUntil(copy.text().then(html => learn(keys, html, "", reply, path)));
    return reply;
  } catch { return without(keys, path); }
};
addEventListener("fetch", event => {
  const url = new URL(event.request.url), [, token] = WITHIN.exec(url.pathname) || [];
  if (!token || url.origin !== location.origin) return;
  if (event.request.mode !== "navigate") return;
  if (event.request.method === "POST") {
    // A phone whose scripts were turned off is redirected: that is left to the browser.
    const plain = event.request.clone().text();
    event.respondWith(plain.then(body => /(^|&)page=redirect(&|$)/.test(body)
      ? fetch(event.request) : pressed(event, token, url.pathname + url.search)));
  } else event.respondWith(opened(event, token, url.pathname).catch(() => fetch(event.request)));
});
addEventListener("message", event => event.waitUntil((async () => {
  const [path, what, body] = event.data, [, token] = WITHIN.exec(path) || [];
  if (!token) return;
  const keys = await keysOf(token);
  if (what === "drop") await drop(keys);
  if (what === "keep") await queue(keys, {path, body});
  const answer = what === "drop" ? {gone: 1} : await send(keys);
  if (event.source) event.source.postMessage(answer);
})()));
addEventListener("install", () => skipWaiting());
addEventListener("activate", event => event.waitUntil((async () => {
  await clients.claim();
  for (const client of await clients.matchAll()) {  // pages opened before this helper was there
    const path = new URL(client.url).pathname, [, token] = WITHIN.exec(path) || [];
    const got = token && await ask(path);
    if (got) await learn(await keysOf(token), got.html, "", got.reply, path);
  }
})()));
