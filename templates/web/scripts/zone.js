// Offers the time zone of the device. It fills in a field and saves nothing.
"use strict";
const guess = document.getElementById("zone-guess");
const field = document.getElementById("zone");
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (guess && zone && zone !== field.value) {
  guess.querySelector("bdi").textContent = zone;
  guess.hidden = false;
  guess.querySelector("button").addEventListener("click", () => {
    field.value = zone;
    guess.hidden = true;
    field.focus();
  });
}
