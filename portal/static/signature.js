// 手写板: keeps what the pen did and draws it; the server checks and redraws it.
"use strict";
document.querySelectorAll("form[data-signature]").forEach((form) => {
  const board = form.querySelector("[data-board]");
  const pad = form.querySelector("[data-pad]");
  const status = form.querySelector("[data-status]");
  const error = form.querySelector("[data-error]");
  const typed = form.elements.typed;
  const pen = pad.getContext("2d");
  const MOST = 6000; // touches; the server takes no more
  const strokes = [];
  let current = null;

  board.hidden = false;
  form.querySelector("[data-typing]").open = false;

  const fit = () => {
    const ratio = window.devicePixelRatio || 1;
    const width = pad.clientWidth;
    const height = Math.round(width * pad.dataset.height / pad.dataset.width);
    pad.width = width * ratio;
    pad.height = height * ratio;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.lineCap = pen.lineJoin = "round";
    pen.lineWidth = Math.max(2.5, width / 110);
    pen.strokeStyle = "#1A1A1A";
    redraw();
  };

  const redraw = () => {
    pen.clearRect(0, 0, pad.width, pad.height);
    for (const stroke of strokes) {
      pen.beginPath();
      stroke.forEach(([x, y], n) => (n ? pen.lineTo(x, y) : pen.moveTo(x, y)));
      if (stroke.length === 1) pen.lineTo(stroke[0][0] + 0.1, stroke[0][1]);
      pen.stroke();
    }
  };

  const say = (words) => { status.textContent = words; };
  const count = () => strokes.reduce((sum, stroke) => sum + stroke.length, 0);
  const rounded = (value, places) => Number(value.toFixed(places));

  const add = (event) => {
    const frame = pad.getBoundingClientRect();
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length ? events : [event]) {
      if (count() >= MOST) return;
      const pressure = each.pointerType === "pen" ? each.pressure : 0; // others report a constant
      current.push([
        rounded(each.clientX - frame.left, 1), rounded(each.clientY - frame.top, 1),
        Math.round(each.timeStamp), rounded(pressure, 2),
      ]);
    }
    redraw();
  };

  pad.addEventListener("pointerdown", (event) => {
    if (current || !event.isPrimary || event.button > 0) return;
    event.preventDefault();
    pad.setPointerCapture(event.pointerId);
    current = [];
    strokes.push(current);
    error.hidden = true;
    add(event);
  });
  pad.addEventListener("pointermove", (event) => { if (current && event.isPrimary) add(event); });
  const lift = (event) => {
    if (!current || !event.isPrimary) return;
    current = null;
    say(`已写 ${strokes.length} 笔`);
  };
  pad.addEventListener("pointerup", lift);
  pad.addEventListener("pointercancel", lift);

  form.querySelector("[data-undo]").addEventListener("click", () => {
    strokes.pop();
    redraw();
    say(strokes.length ? `已撤销，还有 ${strokes.length} 笔` : "已全部撤销");
  });
  form.querySelector("[data-clear]").addEventListener("click", () => {
    strokes.length = 0;
    redraw();
    say("已清空");
  });

  form.addEventListener("submit", (event) => {
    if (!strokes.length && !typed.value.trim()) {
      event.preventDefault();
      error.textContent = "还没有写上签名。请在框里手写，或用键盘输入姓名。";
      error.hidden = false;
      return;
    }
    form.elements.strokes.value = JSON.stringify(strokes);
  });

  addEventListener("resize", fit);
  fit();
});
