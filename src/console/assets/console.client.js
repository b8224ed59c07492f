// What a page does in the browser beyond htmx. No build: this file is served as it is.
