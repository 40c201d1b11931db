// Pages that wait for something (data-follow: seconds) fetch themselves and show what changed.
// Without script a <noscript> refresh does the same.
"use strict";
(() => {
  const main = document.getElementById("main");
  if (!main.dataset.follow) return;
  const words = (element) => element.textContent.replace(/\s+/g, " ");

  async function look() {
    let wait = Number(main.dataset.follow) * 1000;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (answer.redirected) { location.assign(answer.url); return; } // it is over: where it leads
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("main");
      if (fresh && words(fresh) !== words(main)) {
        main.replaceChildren(...fresh.childNodes);
        document.title = main.querySelector("h1")?.textContent ?? document.title;
      }
      if (fresh && !fresh.dataset.follow) return;
    } catch {
      wait *= 3; // the connection is away for a moment
    }
    setTimeout(look, wait);
  }

  setTimeout(look, Number(main.dataset.follow) * 1000);
})();
