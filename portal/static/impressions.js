// Drawing the box of an impression with the pointer fills in the fields; a plain click still
// cuts out the seal whose middle was clicked, as without script.
"use strict";
(() => {
  const NS = "http://www.w3.org/2000/svg";
  const FAR = 6; // pixels: less is a click
  let start = null;
  let dragged = false;

  const mapOf = (event) => event.target.closest?.(".click-map input[type=image]");

  function draw(map, a, b) {
    const figure = map.closest(".click-map");
    let svg = figure.querySelector("svg");
    if (!svg) {
      svg = figure.appendChild(document.createElementNS(NS, "svg"));
      svg.appendChild(document.createElementNS(NS, "rect"));
    }
    svg.setAttribute("width", map.width);
    svg.setAttribute("height", map.height);
    const sides = { x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), width: Math.abs(a.x - b.x), height: Math.abs(a.y - b.y) };
    for (const [name, value] of Object.entries(sides)) svg.firstChild.setAttribute(name, value);
    return sides;
  }

  document.addEventListener("pointerdown", (event) => {
    const map = mapOf(event);
    if (!map) return;
    start = { map, x: event.offsetX, y: event.offsetY };
    dragged = false;
    map.setPointerCapture(event.pointerId);
    event.preventDefault();
  });

  document.addEventListener("pointermove", (event) => {
    if (!start) return;
    const here = { x: event.offsetX, y: event.offsetY };
    if (!dragged && Math.hypot(here.x - start.x, here.y - start.y) < FAR) return;
    dragged = true;
    const box = draw(start.map, start, here);
    const form = start.map.form;
    const perMm = start.map.width / Number(start.map.dataset.mm);
    for (const [name, value] of Object.entries(box)) form.elements[name].value = (value / perMm).toFixed(1);
    form.elements.page.value = start.map.dataset.page;
  });

  document.addEventListener("pointerup", () => { start = null; });

  document.addEventListener("click", (event) => {
    if (!mapOf(event) || !dragged) return;
    event.preventDefault(); // the box was drawn; “按此框截取” sends it
    dragged = false;
  });

  document.addEventListener("change", (event) => {
    const chosen = event.target.closest?.("[data-by-hand] select")?.selectedOptions[0];
    if (!chosen) return;
    event.target.form.elements.width.value = chosen.dataset.width;
    event.target.form.elements.height.value = chosen.dataset.height;
  });
})();
