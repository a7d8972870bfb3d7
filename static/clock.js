// A time of day as every page writes it (`said_time`): 5 pm, 8:54 am, midday, midnight.
"use strict";

function smdtClock(at) {
  const hours = at.getHours(), minutes = at.getMinutes();
  if (minutes === 0 && hours % 12 === 0) return hours ? "midday" : "midnight";
  const past = minutes ? `:${String(minutes).padStart(2, "0")}` : "";
  return `${hours % 12 || 12}${past} ${hours < 12 ? "am" : "pm"}`;
}
