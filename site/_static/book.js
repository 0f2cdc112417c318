"use strict";

// Below the results of a search stand pieces of the pages. From disk no page can fetch
// another, so there the list goes without.
if (location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS === "object") {
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
}

// The start page plays its training once, unless the reader wants no motion.
addEventListener("load", () => {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (!still) document.querySelector(".born .gan-play")?.click();
});

// A live page in a frame says how high it is, on a phone as on a wide screen.
addEventListener("message", (event) => {
  const height = Number(event.data?.liveHeight);
  if (!(height > 0)) return;
  for (const frame of document.querySelectorAll(".live iframe")) {
    if (frame.contentWindow === event.source) {
      frame.height = Math.min(Math.max(Math.ceil(height) + 4, 120), 1200);
    }
  }
});
