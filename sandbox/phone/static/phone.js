"use strict";
// Fetch what is new and send forms without leaving the page. All of it also works without script.
(() => {
  const log = document.getElementById("log");
  const problem = document.getElementById("problem");
  let last = Number(log.dataset.last);
  let busy = false;

  async function refresh() {
    if (busy) return;
    busy = true;
    try {
      const answer = await fetch(`${log.dataset.url}&after=${last}`);
      if (answer.ok) {
        const html = await answer.text();
        const newest = Number(answer.headers.get("X-Last"));
        if (newest > last) {
          last = newest;
          log.insertAdjacentHTML("beforeend", html);
          document.getElementById("empty")?.remove();
          log.parentElement.scrollTop = 0; // column-reverse: 0 is the end
        }
      }
    } catch {
      // the sandbox is restarting; the next round tries again
    } finally {
      busy = false;
    }
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!("live" in form.dataset)) return;
    event.preventDefault();
    const data = new FormData(form, event.submitter);
    form.querySelectorAll("input:not([type=hidden])").forEach((input) => { input.value = ""; });
    form.closest("details")?.removeAttribute("open");
    problem.textContent = "";
    const sent = fetch(form.getAttribute("action"), { method: "POST", body: data, headers: { "X-Live": "1" } });
    setTimeout(refresh, 150);
    const answer = await sent.catch(() => null);
    if (!answer) problem.textContent = "沙箱没有回应";
    else if (!answer.ok) problem.textContent = await answer.text();
    refresh();
  });

  // a picture pasted anywhere goes to the scanner
  document.addEventListener("paste", (event) => {
    const files = event.clipboardData?.files;
    if (!files?.length) return;
    document.querySelector(".more").open = true;
    document.querySelector("input[aria-label='二维码图片']").files = files;
  });

  setInterval(refresh, 1500);
})();
