// Small comforts of the pages that the hub renders itself. Every page is whole without this file.
for (const button of document.querySelectorAll("button[data-reveal]")) {
  const field = document.getElementById(button.dataset.reveal);
  button.hidden = false;
  field.classList.add("has-reveal");
  button.addEventListener("click", () => {
    const show = field.type === "password";
    field.type = show ? "text" : "password";
    button.setAttribute("aria-pressed", String(show));
    field.focus();
  });
  // A browser must store it as a password, whatever is shown.
  field.form.addEventListener("submit", () => {
    field.type = "password";
  });
}

for (const hint of document.querySelectorAll("[data-strength]")) {
  const field = document.getElementById(hint.dataset.strength);
  const name = field.form.elements.namedItem("username")?.value.toLowerCase() ?? "";
  field.addEventListener("input", () => {
    const level = strength(field.value, Number(hint.dataset.minimum), name);
    hint.hidden = field.value === "";
    hint.className = `page-strength is-${level}`;
    if (hint.textContent !== hint.dataset[level]) hint.textContent = hint.dataset[level];
  });
}

// A hint for the eye only; the hub decides. Length counts most, repeated characters and one's own name count little.
function strength(password, minimum, name) {
  if (password.length < minimum) return "short";
  const plain = name === "" ? password : password.toLowerCase().replaceAll(name, "");
  const different = new Set(plain).size;
  if (different < 6) return "weak";
  const score = plain.length + different / 2;
  return score < 15 ? "weak" : score < 22 ? "fair" : "strong";
}

// A claim code may stand after "#", where no server and no log sees it.
const codeForm = document.querySelector("form[data-claim-code]");
if (codeForm !== null && location.hash.length > 1) {
  codeForm.elements.namedItem("code").value = decodeURIComponent(location.hash.slice(1)).replace(/^code=/, "");
  codeForm.requestSubmit();
}
