"use strict";
const place = document.getElementById("api");
Redoc.init(place.dataset.schema, { hideDownloadButton: false }, place);
