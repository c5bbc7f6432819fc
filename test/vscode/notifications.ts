import type { Locator, Page } from 'playwright-core';

/** One notification on the screen. */
export class Notification {
  readonly item: Locator;

  constructor(item: Locator) {
    this.item = item;
  }

  /** Its message. */
  async text(): Promise<string> {
    return (await this.item.locator('.notification-list-item-message').innerText()).trim();
  }

  /** The labels of its buttons, left to right. */
  async buttons(): Promise<string[]> {
    return await this.item.locator('.notification-list-item-buttons-container .monaco-button').allInnerTexts();
  }

  /** Whether it is an error, a warning or an information. */
  async severity(): Promise<'error' | 'warning' | 'info'> {
    const icon = (await this.item.locator('.notification-list-item-icon').getAttribute('class')) ?? '';
    return icon.includes('codicon-error') ? 'error' : icon.includes('codicon-warning') ? 'warning' : 'info';
  }

  /** Presses one of its buttons, and waits until it has gone. */
  async press(button: string): Promise<void> {
    await this.item.getByRole('button', { name: button, exact: true }).click();
    await this.waitForClose();
  }

  /** Closes it without an answer. */
  async dismiss(): Promise<void> {
    await this.item.hover();
    await this.item.locator('.codicon-notifications-clear').click();
    await this.waitForClose();
  }

  /** Waits until it has gone, by itself or not. */
  async waitForClose(timeoutMs = 20_000): Promise<void> {
    await this.item.waitFor({ state: 'detached', timeout: timeoutMs });
  }
}

/** Waits for a notification whose text contains `text`. */
export async function waitForNotification(
  page: Page,
  text: string | RegExp,
  timeoutMs = 20_000,
): Promise<Notification> {
  const item = page.locator('.notifications-toasts .notification-list-item').filter({ hasText: text }).first();
  await item.waitFor({ timeout: timeoutMs });
  return new Notification(item);
}

/** A question in the middle of the window that must be answered first. */
export class ModalDialog {
  readonly box: Locator;

  constructor(page: Page) {
    this.box = page.locator('.monaco-dialog-box');
  }

  /** Its message and, below it, its detail. */
  async text(): Promise<string> {
    return (await this.box.locator('.dialog-message-container').innerText()).trim();
  }

  /** The labels of its buttons, left to right. */
  async buttons(): Promise<string[]> {
    return await this.box.locator('.dialog-buttons .monaco-button').allInnerTexts();
  }

  /** Presses one of its buttons, and waits until it has gone. */
  async press(button: string): Promise<void> {
    await this.box.getByRole('button', { name: button, exact: true }).click();
    await this.box.waitFor({ state: 'detached' });
  }
}
