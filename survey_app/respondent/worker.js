// The phone's own helper, between the form and the network. It holds nothing readable: what it
// keeps is sealed under a key made from the token in the address, learnt anew from each request.
// A line before this text fetches way.js: WAY knows what is asked and shown without a network.
"use strict";
const WITHIN = /^\/p\/([0-9a-hjkmnp-tv-z]{26})(?:\/([^/]*))?$/;
const PATIENCE = 20000;
const bytes = text => new TextEncoder().encode(text);
const hex = buffer =>
  [...new Uint8Array(buffer)].map(b => b.toString(16).padStart(2, "0")).join("");
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

// ---- what is kept: place/o/number is the outbox, place/f/ the form, place/g what was typed in it,
// place/c/... a page as opened, place/w/... a page on which something was wrong when it was sent
// without anybody looking
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
const all = (keys, kind) =>
  store("readonly", kept => kept.getAllKeys(under(`${keys.place}/${kind}/`)));
const outbox = keys => all(keys, "o");
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
const entriesOf = async (keys, names) => Promise.all(names.map(name => unseal(keys, name)));
const pagesOf = entries => new Set(entries.map(entry => entry && entry.path)).size;
const formOf = keys => unseal(keys, `${keys.place}/f/`);
const stateOf = async keys => await unseal(keys, `${keys.place}/g`) || WAY.NOTHING;
const queue = (keys, entry) => locked(`put ${keys.place}`, async () => {
  const last = (await outbox(keys)).pop() || "/0", before = await stateOf(keys);
  const number = String(1 + +last.split("/").pop()).padStart(9, "0");
  const name = `${keys.place}/o/${number}`;
  await seal(keys, `${keys.place}/g`, WAY.noted(before, entry));
  await seal(keys, name, entry);  // last: where there is no room, nothing waits
  // Whoever still changes an answer has not sent the form: they pass the review once more.
  const waits = last !== "/0" && await unseal(keys, last);
  if (waits && WAY.sends(waits) && WAY.keyOf(entry.path) !== "~") await remove(last);
  return {name, before};
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
  if (verb === "told" && got.reply.status === 400) {  // the house has changed its key since
    const form = await formOf(keys), fresh = csrf(got.html), old = csrf(body);
    if (fresh && old !== fresh && form && old === csrf(form.review.before))
      return post(keys, {path, body: body.replace(`csrf_token=${old}`, `csrf_token=${fresh}`)});
  }
  return verb ? {...got, verb} : null;
};
const csrf = text => (/csrf_token(?:=|" value=")(\w{16})/.exec(text) || [])[1];
const awaited = new Map();  // presses that wait for their own reply, whoever sends them
const send = keys => locked(`send ${keys.place}`, async () => {
  let at = "", wrong = "", names = await outbox(keys);
  const entries = await entriesOf(keys, names);
  for (const [number, name] of names.entries()) {
    const entry = entries[number];
    // What has come up is asked first: the form is not sent over it.
    if (entry && WAY.sends(entry) && (await all(keys, "w")).length) {
      await remove(name);
      continue;
    }
    const got = entry && await post(keys, entry);
    if (entry && !got) break;
    if (got) await remove(await nameOf(keys, "w", entry.path));
    if (got && awaited.has(name)) awaited.set(name, got);
    else if (got) {
      const again = entries.slice(number + 1).some(later => later && later.path === entry.path);
      at = told(got.html) || at;
      if (await unseen(keys, got, again)) wrong = wrong || told(got.html) || entry.path;
    }
    await remove(name);
    if (got && ended(entry, got.html)) await drop(keys);
  }
  names = await outbox(keys);
  return {left: pagesOf(await entriesOf(keys, names)), at: wrong || at, wrong: wrong !== ""};
});
const ended = (entry, html) => / id="receipt"/.test(html) || /(^|&)go=refuse(&|$)/.test(entry.body);
const told = html => (html.match(/ data-at(?: action)?="([^"?]*)/) || ["", ""])[1];
const faulty = html => / id="errors"/.test(html);
const unseen = async (keys, {html, verb}, again) => {  // whether there is what must be looked at
  const at = told(html), wrong = at && !again && faulty(html);
  if (wrong) await seal(keys, await nameOf(keys, "w", at), {html});
  return wrong || verb === "told";
};

// ---- pages that were opened, and the form: all its pages, fetched once
const over = new Set();  // places whose form was received: nothing is kept there any more
const learn = async (keys, html, body, reply, path) => {
  try {
    if (!await proof(keys, reply, body)) return;
    if (/ id="receipt"/.test(html)) {
      over.add(keys.place);
      return drop(keys);
    }
    const at = told(html) || path;
    if (!at.startsWith(`/p/${keys.token}`)) return;
    if (/(^|&)go=lang-/.test(body) || /\?/.test(path)) await remove(`${keys.place}/f/`);
    if (WAY.keyOf(at) !== "~") await seal(keys, await nameOf(keys, "c", at), {html});
    if (/ novalidate/.test(html)) await gather(keys);
  } catch { /* no room */ }
};
const gather = keys => locked(`form ${keys.place}`, async () => {
  const link = navigator.connection;
  if (link && link.saveData || (await all(keys, "f")).length) return;
  await new Promise(later => setTimeout(later, 1000));
  const got = await ask(`/p/${keys.token}/~form`);
  if (!got || !await proof(keys, got.reply, "") || over.has(keys.place)) return;
  const form = JSON.parse(got.html);
  await locked(`put ${keys.place}`, async () => {
    await seal(keys, `${keys.place}/g`, WAY.joined(form, await stateOf(keys)));
    await seal(keys, `${keys.place}/f/`, form);
  });
});

// ---- what is shown without a network
const without = async (keys, path, {form, ...wrong} = {}) => {
  const entries = await entriesOf(keys, await outbox(keys)), state = await stateOf(keys);
  const left = pagesOf(entries), last = entries.pop(), done = last && WAY.sends(last);
  const key = wrong.key || WAY.keyOf(path), whole = form || await formOf(keys);
  const copy = path && (!key || !whole) && await unseal(keys, await nameOf(keys, "c", path));
  if (copy) return WAY.shown(copy.html, {left, done, fill: WAY.fill(state, key)});
  if (whole && (path || key) && !(done && key === "~")) {
    const page = WAY.page(whole, state, `/p/${keys.token}`, {...wrong, key});
    return WAY.shown(page.html, {left, done, fill: WAY.fill(state, page.key)});
  }
  const some = whole ? {html: whole.review.before}
    : await unseal(keys, (await all(keys, "c"))[0] || "");
  const language = (some && some.html.match(/<html lang="\w+"/) || [])[0];
  const shell = WAY.GIVEN.shell.replace(/<html lang="\w+"/, word => language || word);
  return WAY.shown(shell, {left, done, shell: 1, ends: last && WAY.goOf(last.body) === "refuse"});
};

// ---- requests
const pressed = async (event, token, path) => {
  const keys = await keysOf(token), body = await event.request.clone().text();
  let put = null, got = null, sent = {};
  try {
    put = await queue(keys, {path, body});  // kept first, sent then
    awaited.set(put.name, null);
    sent = await send(keys);
    got = awaited.get(put.name);
  } catch {
    if (!put) got = await post(keys, {path, body});
  } finally { if (put) awaited.delete(put.name); }
  if (!got && !put) return WAY.shown(WAY.GIVEN.shell, {left: 1, shell: 1, form: body});
  if (sent.left === 0 && !(got && faulty(got.html))) {
    const wrong = await wronged(keys, (await all(keys, "w"))[0]);
    if (wrong) return wrong;
  }
  if (!got) {
    const form = await formOf(keys);
    const way = form && WAY.turned(form, put.before, await stateOf(keys), {path, body});
    return way ? without(keys, "", {form, ...way})
      : without(keys, /(^|&)go=lang-/.test(body) ? path : "");
  }
  event.waitUntil(learn(keys, got.html, body, got.reply, path));
  const headers = new Headers(got.reply.headers);
  headers.delete("Content-Encoding");
  headers.delete("Content-Length");
  return new Response(got.html, {status: got.reply.status, headers});
};
const wronged = async (keys, name) => {  // a page on which something was wrong: shown once
  const wrong = name && await unseal(keys, name);
  if (!wrong) return null;
  await remove(name);
  return new Response(wrong.html, {headers: {"Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": WAY.GIVEN.policy, "Referrer-Policy": "no-referrer"}});
};
const opened = async (event, token, path) => {
  const keys = await keysOf(token);
  if ((await outbox(keys)).length && (await send(keys)).left) return without(keys, path);
  const wrong = await wronged(keys, await nameOf(keys, "w", path));
  if (wrong) return wrong;
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
    const got = token && WAY.keyOf(path) && await ask(path);
    if (got) await learn(await keysOf(token), got.html, "", got.reply, path);
  }
})()));
