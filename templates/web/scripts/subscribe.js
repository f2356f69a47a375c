// Shows of the categories what is typed, at once. Without it the button beside the field does so.
"use strict";
const field = document.querySelector("input[type=search]");
// What the server has left out, nothing here can show.
if (field && !field.defaultValue) {
  const boxes = Array.from(document.querySelectorAll("[name=category]"), (box) => [box, box.closest("label")]);
  const texts = new Map(boxes.map(([, label]) => [label, label.textContent.normalize("NFKC").toLowerCase()]));
  const groups = Array.from(document.querySelectorAll(".tiles details"));
  document.querySelector("button[value=search]").hidden = true;
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
  field.addEventListener("input", () => {
    const words = field.value.normalize("NFKC").toLowerCase().split(/\s+/).filter(Boolean);
    for (const [box, label] of boxes) label.hidden = !box.checked && !words.every((word) => texts.get(label).includes(word));
    for (const group of groups) {
      group.hidden = !group.querySelector("label:not([hidden])");
      group.open = words.length > 0 && !group.hidden;
      // How many it has says nothing of how many are found.
      group.querySelector("small").hidden = words.length > 0;
    }
  });
}
