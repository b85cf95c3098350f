import type { Dispatcher } from "undici";
import { deferred } from "../../../support/waiting.ts";

type Controller = Dispatcher.DispatchController;

/** A handler that notes what it is told. */
export class Notes implements Dispatcher.DispatchHandler {
  readonly told: string[] = [];
  readonly over = deferred();
  controller!: Controller;
  error: unknown;

  onRequestStart(controller: Controller): void {
    this.told.push("request");
    this.controller = controller;
  }

  onResponseStart(_: Controller, status: number): void {
    this.told.push(`start ${status}`);
  }

  onResponseData(_: Controller, chunk: Buffer): void {
    this.told.push(`data ${String(chunk)}`);
  }

  onResponseEnd(_: Controller, trailers: Record<string, string | string[] | undefined>): void {
    this.told.push(`end ${JSON.stringify(trailers)}`);
    this.over.resolve();
  }

  onResponseError(_: Controller, error: unknown): void {
    this.told.push("error");
    this.error = error;
    this.over.resolve();
  }
}
