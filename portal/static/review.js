// Choosing a drafted 审核意见 puts it into the text, where it can be changed before sending.
"use strict";
(() => {
  const draft = document.getElementById("draft");
  const opinion = document.getElementById("opinion");
  if (!draft || !opinion) return;
  draft.addEventListener("change", () => {
    if (!draft.value) return;
    opinion.value = opinion.value.trim() ? `${opinion.value.trim()}\n${draft.value}` : draft.value;
    draft.value = "";
    opinion.focus();
  });
})();
