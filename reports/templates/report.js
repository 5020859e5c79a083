"use strict";
(() => {
  const all = (q, from) => [...(from || document).querySelectorAll(q)];
  // Most of the traffic is text until somebody wants to see it.
  const part = (name, text, set) => Object.assign(document.createElement(name), { textContent: text }, set);
  const line = text => {
    const [ref, at, call, answer, operation] = text.split("\t"), status = parseInt(answer);
    const li = part("li", "", { id: ref, className: "line" });
    const lit = status === 429 ? "open" : status >= 200 && status < 300 ? "good" : "bad";
    li.append(part("a", ref, { href: "#" + ref }), " ", part("i", at), " ", part("b", call), " ", part("span", answer, { className: lit }), " ", part("i", operation));
    return li;
  };
  const tell = () => {
    for (const lean of all("li.lean")) lean.replaceWith(...lean.textContent.trimEnd().split("\n").map(line));
  };
  // A link into something folded unfolds it.
  const reveal = () => {
    const ref = location.hash && decodeURIComponent(location.hash.slice(1));
    let at = ref && document.getElementById(ref);
    if (/^[xd][0-9]+$/.test(ref)) {
      tell();
      at = document.getElementById(ref);
    }
    if (!at) return;
    const own = at.matches("details") ? at : at.querySelector(":scope > details");
    if (own) own.open = true;
    for (let up = at.parentElement; up; up = up.parentElement) if (up.matches("details")) up.open = true;
    at.scrollIntoView();
    requestAnimationFrame(() => at.scrollIntoView()); // the height of what was never shown was a guess
  };
  addEventListener("hashchange", reveal);
  reveal();
  // Printed, everything told item by item is unfolded.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = all(".details details:not([open])");
    folded.forEach(d => { d.open = true; });
  });
  addEventListener("afterprint", () => folded.forEach(d => { d.open = false; }));
  for (const button of all("button.copy")) {
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.parentElement.querySelector("code").textContent);
      button.textContent = "copied";
    });
  }
  document.getElementById("traffic")?.addEventListener("toggle", tell);
  const filter = document.getElementById("filter");
  if (!filter) return;
  filter.closest("p").hidden = false;
  filter.addEventListener("input", () => {
    tell();
    const lines = all(".line");
    const words = filter.value.toLowerCase().split(/\s+/);
    let shown = 0;
    for (const line of lines) {
      line.hidden = !words.every(w => line.textContent.toLowerCase().includes(w));
      if (!line.hidden) shown++;
    }
    document.getElementById("count").value = shown + " of " + lines.length;
  });
})();
