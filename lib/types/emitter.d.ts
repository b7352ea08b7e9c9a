import { EventEmitter } from 'events';

/**
 * An EventEmitter that knows its events. There is no such class at run time.
 */
export class Emitter<
  Self,
  Events extends Record<keyof Events, any[]>
> extends EventEmitter {
  on<E extends keyof Events>(
    event: E,
    listener: (this: Self, ...args: Events[E]) => void
  ): this;
  on(
    event: string | symbol,
    listener: (this: Self, ...args: any[]) => void
  ): this;

  once<E extends keyof Events>(
    event: E,
    listener: (this: Self, ...args: Events[E]) => void
  ): this;
  once(
    event: string | symbol,
    listener: (this: Self, ...args: any[]) => void
  ): this;

  off<E extends keyof Events>(
    event: E,
    listener: (this: Self, ...args: Events[E]) => void
  ): this;
  off(
    event: string | symbol,
    listener: (this: Self, ...args: any[]) => void
  ): this;

  addListener<E extends keyof Events>(
    event: E,
    listener: (this: Self, ...args: Events[E]) => void
  ): this;
  addListener(
    event: string | symbol,
    listener: (this: Self, ...args: any[]) => void
  ): this;

  removeListener<E extends keyof Events>(
    event: E,
    listener: (this: Self, ...args: Events[E]) => void
  ): this;
  removeListener(
    event: string | symbol,
    listener: (this: Self, ...args: any[]) => void
  ): this;

  prependListener<E extends keyof Events>(
    event: E,
    listener: (this: Self, ...args: Events[E]) => void
  ): this;
  prependListener(
    event: string | symbol,
    listener: (this: Self, ...args: any[]) => void
  ): this;

  prependOnceListener<E extends keyof Events>(
    event: E,
    listener: (this: Self, ...args: Events[E]) => void
  ): this;
  prependOnceListener(
    event: string | symbol,
    listener: (this: Self, ...args: any[]) => void
  ): this;
}
