// Narrows the list of feeds down to those whose titles hold every word that is typed.
"use strict";
const label = document.querySelector("label.search");
const rows = Array.from(document.querySelectorAll("ul.all li"), (row) => [row, row.textContent.toLowerCase()]);
label.hidden = false;
label.querySelector("input").addEventListener("input", (event) => {
  const words = event.target.value.toLowerCase().split(/\s+/);
  for (const [row, text] of rows) row.hidden = !words.every((word) => text.includes(word));
});
