import { Page } from "../../client/page.ts";

/** A page whose life the test decides. */
export class FakePage {
  readonly page: Page;
  readonly #navigator = { onLine: true };
  readonly #document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  readonly #window = Object.assign(new EventTarget(), { navigator: this.#navigator, document: this.#document });

  constructor() {
    this.page = new Page(this.#window);
  }

  /** The page has just been loaded. */
  load(): void {
    this.#window.dispatchEvent(new Event("pageshow"));
  }

  goOffline(): void {
    this.#navigator.onLine = false;
    this.#window.dispatchEvent(new Event("offline"));
  }

  goOnline(): void {
    this.#navigator.onLine = true;
    this.#window.dispatchEvent(new Event("online"));
  }

  hide(): void {
    this.#document.visibilityState = "hidden";
    this.#document.dispatchEvent(new Event("visibilitychange"));
  }

  show(): void {
    this.#document.visibilityState = "visible";
    this.#document.dispatchEvent(new Event("visibilitychange"));
  }

  /** In the background for long, it is stopped. */
  freeze(): void {
    this.hide();
    this.#document.dispatchEvent(new Event("freeze"));
  }

  thaw(): void {
    this.#document.dispatchEvent(new Event("resume"));
    this.show();
  }

  /** The user goes to another page, and this one is kept: the events that Chromium sends, in its order. */
  leave(): void {
    this.#window.dispatchEvent(new Event("pagehide"));
    this.freeze();
  }

  /** The user comes back. */
  comeBack(): void {
    this.thaw();
    this.#window.dispatchEvent(new Event("pageshow"));
  }
}
