// Encrypts the PIN in the browser to the server's SM2 key, bound to this page's nonce.
"use strict";
document.querySelectorAll("form[data-pin-key]").forEach((form) => {
  const error = form.querySelector("[data-pin-error]");
  const fields = [...form.querySelectorAll("input[data-encrypt]")];
  let sent = false;

  const refuse = (event, words, field) => {
    event.preventDefault();
    error.textContent = words;
    error.hidden = false;
    field.focus();
  };

  // coming back with the browser's arrow shows this page as it was left: begin anew
  addEventListener("pageshow", () => {
    sent = false;
    fields.forEach((field) => { field.value = ""; });
  });

  form.addEventListener("submit", (event) => {
    if (sent) { event.preventDefault(); return; } // pressed twice: an emptied field is no second try
    if (event.submitter?.hasAttribute("data-plain")) {
      fields.forEach((field) => { field.value = ""; });
      sent = true;
      return;
    }
    const wrong = fields.find((field) => !/^[0-9]{6,12}$/.test(field.value));
    if (wrong) { refuse(event, "请输入 6–12 位数字。", wrong); return; }
    const again = fields.find((field) => field.dataset.encrypt === "repeat");
    const first = fields.find((field) => field.dataset.encrypt === "cipher");
    if (again && again.value !== first.value) {
      refuse(event, "两次输入的密码不一样，请重新输入。", again);
      return;
    }
    for (const field of fields) {
      // 1: C1C3C2, the order of GB/T 32918.4-2016
      form.elements[field.dataset.encrypt].value =
        sm2.doEncrypt(form.dataset.pinNonce + "|" + field.value, form.dataset.pinKey, 1);
    }
    fields.forEach((field) => { field.value = ""; });
    sent = true;
  });
});
