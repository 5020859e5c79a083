// The live page: parts are replaced by id, rows are put on top, forms are sent
// without leaving. All of the page's words come from the server.
"use strict";
const $ = id => document.getElementById(id);
const rows = $("rows"), search = $("search"), sheet = $("sheet"), most = 400;

function elements(html) {
  const t = document.createElement("template");
  t.innerHTML = html;
  return [...t.content.children];
}

// A part that is there already keeps what a person is choosing or typing in it.
function put(next) {
  const old = $(next.id);
  if (!old) return;
  const kept = [...old.querySelectorAll("input,select"), ...(old.matches("select") ? [old] : [])].map(f => [f.form?.dataset.do, f.name, f.value]);
  const active = document.activeElement, focused = active && old.contains(active) && [active.form?.dataset.do ?? active.closest("form")?.dataset.do, active.name, active.getAttribute("href"), active.getAttribute("aria-label")];
  if (old.dataset.outcome && old.dataset.outcome !== next.dataset.outcome) next.classList.add("turned");
  old.replaceWith(next);
  for (const f of [...next.querySelectorAll("input,select"), ...(next.matches("select") ? [next] : [])]) {
    const was = kept.find(([form, name]) => form === f.form?.dataset.do && name === f.name);
    if (was && f.type !== "hidden" && (f.tagName !== "SELECT" || [...f.options].some(o => o.value === was[2]))) f.value = was[2];
  }
  if (focused) [...next.querySelectorAll("a,button,input,select")].find(f => (f.closest("form")?.dataset.do ?? undefined) === (focused[0] ?? undefined)
    && (f.name ?? "") === (focused[1] ?? "") && f.getAttribute("href") === focused[2] && f.getAttribute("aria-label") === focused[3])?.focus();
  tick();
}

function fits(row) { return row.dataset.text.includes(search.value.trim().toLowerCase()); }

function add(html) {
  const fresh = elements(html).filter(r => !$(r.id) && fits(r));
  rows.prepend(...fresh);
  while (rows.children.length > most) rows.lastChild.remove();
  $("none").hidden = rows.children.length > 0;
}

// The browser connects again by itself, with the id of the last event.
const news = new EventSource("events?from=" + document.body.dataset.cursor);
function link(text, state) { $("link").textContent = text; $("link").dataset.state = state; }
news.onopen = () => link("live", "live");
news.onerror = () => link(news.readyState === EventSource.CLOSED ? "ended" : "reconnecting", "away");
news.addEventListener("reload", () => location.reload());
news.onmessage = e => {
  const n = JSON.parse(e.data);
  for (const html of n.parts ?? []) elements(html).forEach(put);
  if (n.rows) add(n.rows);
};

// Time left: what the plan expects, and beyond that the wait's own limit.
function tick() {
  for (const s of document.querySelectorAll("[data-until]")) {
    const by = Math.max(s.dataset.ends - Date.now(), 0) || Math.max(s.dataset.until - Date.now(), 0);
    const text = by > 0 ? Math.ceil(by / 1000) + " s left" : "";
    if (s.textContent !== text) s.textContent = text;
  }
}
setInterval(tick, 500);

let asking;
search.addEventListener("input", () => {
  clearTimeout(asking);
  asking = setTimeout(async () => {
    const text = search.value;
    const answer = await fetch("find?q=" + encodeURIComponent(text));
    if (answer.ok && text === search.value) { rows.innerHTML = await answer.text(); $("none").hidden = rows.children.length > 0; }
  }, 200);
});

let saying;
function say(text, bad) {
  $("said").textContent = text;
  $("said").className = "said shown" + (bad ? " bad" : "");
  clearTimeout(saying);
  saying = setTimeout(() => $("said").className = "said", 6000);
}

document.addEventListener("submit", async e => {
  const form = e.target, act = form.dataset.do;
  if (!act) return;
  e.preventDefault();
  if (form.dataset.sure && !confirm(form.dataset.sure)) return;
  const body = new URLSearchParams(new FormData(form, e.submitter));
  if (body.get("by")) sessionStorage.setItem("by", body.get("by"));
  try {
    const answer = await fetch("do/" + act, { method: "POST", body });
    say(await answer.text(), !answer.ok);
    if (!answer.ok) return;
    for (const f of form.querySelectorAll("[name=text],[name=remark]")) f.value = "";
    if (form.dataset.again) setTimeout(() => open(form.dataset.again), 400);
  } catch { say("golive does not answer", true); }
});

// A file that is chosen becomes the text that is sent, so that it can be looked at before.
document.addEventListener("change", async e => {
  const form = e.target.form, file = e.target.files?.[0];
  if (!file || !e.target.dataset.into) return;
  form.elements[e.target.dataset.into].value = await file.text();
  form.elements.file.value = file.name;
});

// Every item, exchange, delivery and mark has an address of its own: #x12.
async function open(ref) {
  const answer = await fetch("at/" + encodeURIComponent(ref));
  if (!answer.ok) return;
  $("sheet-in").innerHTML = await answer.text();
  for (const f of sheet.querySelectorAll("[name=by]")) f.value = sessionStorage.getItem("by") ?? "";
  if (!sheet.open) sheet.showModal();
  sheet.scrollTop = 0;
}
function go() {
  const ref = decodeURIComponent(location.hash.slice(1));
  if (ref && !$(ref)) open(ref);
}
addEventListener("hashchange", go);
sheet.addEventListener("close", () => { const at = scrollY; history.replaceState(null, "", location.pathname); scrollTo(0, at); });
sheet.addEventListener("click", e => { if (e.target === sheet) sheet.close(); });
addEventListener("keydown", e => {
  if (e.key !== "/" || e.target.matches("input,select,textarea") || sheet.open) return;
  e.preventDefault();
  search.focus();
});
$("none").hidden = rows.children.length > 0;
tick();
go();
