/**
 * What becomes of a page, as far as its connections care. `woken`: it is shown, runs or has a network again. `offline`: the
 * browser says that there is no network. `aside`: nothing of it runs from now on, until it is woken, if it ever is.
 */
export type PageEvent = "woken" | "offline" | "aside";

/** What the SDK asks of a global scope. Only a browser's has all of it. */
export interface PageScope {
  readonly navigator?: { readonly onLine?: boolean };
  readonly document?: PageTarget & { readonly visibilityState: string };
  readonly addEventListener?: PageTarget["addEventListener"];
}

/** What tells events: the scope and its document. */
interface PageTarget {
  addEventListener(type: string, listener: { handleEvent(event: { readonly type: string }): void }): void;
}

const ofScope = ["online", "offline", "pagehide", "pageshow"];
const ofDocument = ["visibilitychange", "freeze", "resume"];

/**
 * The page that the SDK runs in, or the worker, which is told of the network alone; elsewhere nothing is ever told.
 *
 * A page that the user leaves may be kept as it stands, to be there at once when they come back (the back/forward cache),
 * and one in the background may be frozen. Neither is done to a page, or done well, while a socket is open.
 */
export class Page {
  readonly #scope: PageScope;
  readonly #listeners = new Set<(event: PageEvent) => void>();
  #isAttached = false;
  #isAside = false;

  constructor(scope: PageScope) {
    this.#scope = scope;
  }

  /** Whether nothing of it runs, but for what it does as its last. */
  get isAside(): boolean {
    return this.#isAside;
  }

  /** Whether the browser says that there is no network. It has been wrong about that, and a gateway may be near by. */
  get isOffline(): boolean {
    return this.#scope.navigator?.onLine === false;
  }

  /** Tells `listener`, which must not throw, until the function that is returned is called. */
  listen(listener: (event: PageEvent) => void): () => void {
    this.#attach();
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** An event of the browser's. */
  handleEvent({ type }: { readonly type: string }): void {
    switch (type) {
      case "offline":
        return this.#tell("offline");
      case "pagehide":
      case "freeze":
        this.#isAside = true;
        return this.#tell("aside");
      case "pageshow":
      case "resume":
        // A page is shown also when it has just been loaded, and put aside twice on its way into the cache.
        if (!this.#isAside) return;
        this.#isAside = false;
        return this.#tell("woken");
      case "visibilitychange":
        if (this.#scope.document?.visibilityState === "hidden") return;
        this.#isAside = false;
        return this.#tell("woken");
      default:
        return this.#tell("woken");
    }
  }

  /** Once and for all: whoever comes late has to know where the page stands. */
  #attach(): void {
    if (this.#isAttached) return;
    this.#isAttached = true;
    for (const type of ofScope) this.#scope.addEventListener?.(type, this);
    for (const type of ofDocument) this.#scope.document?.addEventListener(type, this);
  }

  #tell(event: PageEvent): void {
    // Those who are told may come and go meanwhile.
    const listeners = [...this.#listeners];
    for (const listener of listeners) listener(event);
  }
}

/** The one that this runs in. */
export const ownPage = new Page(globalThis as PageScope);
