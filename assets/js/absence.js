// An absence of whole days has no times: their fields go away. Without scripts they stay and are not asked for.
const form = document.querySelector("form[data-absence]");
const box = form?.elements.namedItem("all_day");

function show() {
  for (const part of form.querySelectorAll("[data-clock]")) part.hidden = box.checked;
}
if (box) {
  box.addEventListener("change", show);
  show();
}
