"use strict";
(() => {
  const all = (q, from) => [...(from || document).querySelectorAll(q)];
  // A link into something folded unfolds it.
  const reveal = () => {
    const at = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!at) return;
    const own = at.matches("details") ? at : at.querySelector(":scope > details");
    if (own) own.open = true;
    for (let up = at.parentElement; up; up = up.parentElement) if (up.matches("details")) up.open = true;
    at.scrollIntoView();
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
  const filter = document.getElementById("filter");
  if (!filter) return;
  filter.closest("p").hidden = false;
  const lines = all(".line");
  filter.addEventListener("input", () => {
    const words = filter.value.toLowerCase().split(/\s+/);
    let shown = 0;
    for (const line of lines) {
      line.hidden = !words.every(w => line.textContent.toLowerCase().includes(w));
      if (!line.hidden) shown++;
    }
    document.getElementById("count").value = shown + " of " + lines.length;
  });
})();
