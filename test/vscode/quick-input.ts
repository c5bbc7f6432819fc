import type { Locator, Page } from 'playwright-core';
import { exactly } from './text.ts';

/** The quick input at the top of the window: quick picks, input boxes, and the command palette. */
export class QuickInput {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** The widget while it is visible. */
  get widget(): Locator {
    return this.page.locator('.quick-input-widget:visible');
  }

  /** The text field; its `type` is `password` while it hides what is typed. */
  get input(): Locator {
    return this.widget.locator('.quick-input-box input');
  }

  /** The rows of a quick pick, as far as they are scrolled into view. */
  get rows(): Locator {
    return this.widget.getByRole('option');
  }

  /** What is wrong with the value, or the prompt of an input box: the text below the field. */
  get message(): Locator {
    return this.widget.locator('.quick-input-message');
  }

  /** The row whose label is exactly `label` or starts with it, followed by a comma and more. */
  row(label: string): Locator {
    return this.widget.getByRole('option', { name: new RegExp(`^${exactly(label)}(,|$)`) }).first();
  }

  /** A button of the title bar or the field by its tooltip, for example `Back`. */
  button(label: string): Locator {
    return this.widget.getByRole('button', { name: new RegExp(`^${exactly(label)}`) }).first();
  }

  /** Waits until the widget shows a title that contains `text`; a step shows there as `(1/3)`. */
  async waitFor(text: string): Promise<void> {
    await this.widget.locator('.quick-input-title', { hasText: text }).waitFor();
  }

  /** Waits until the widget has gone. */
  async waitForClose(): Promise<void> {
    await this.widget.waitFor({ state: 'hidden' });
  }

  /** The whole title with the step, for example `New connection (1/3)`. */
  async title(): Promise<string> {
    return await this.widget.locator('.quick-input-title').innerText();
  }

  /** The grey text in the empty field. */
  async placeholder(): Promise<string | null> {
    return await this.input.getAttribute('placeholder');
  }

  /** The labels of the visible rows, top to bottom. */
  async labels(): Promise<string[]> {
    await this.rows.first().waitFor();
    return await this.rows.locator('.quick-input-list-row:first-child .label-name').allInnerTexts();
  }

  /** Clicks the row with this label. */
  async pick(label: string): Promise<void> {
    await this.row(label).click();
  }

  /** Ticks or unticks the row with this label in a pick of many. */
  async toggle(label: string): Promise<void> {
    await this.row(label).getByRole('checkbox').click();
  }

  /** Replaces the value without accepting it. */
  async fill(text: string): Promise<void> {
    await this.input.fill(text);
  }

  /** Accepts the value or the selected rows. */
  async accept(): Promise<void> {
    await this.input.press('Enter');
  }

  /** Replaces the value and accepts it. */
  async enter(text: string): Promise<void> {
    await this.fill(text);
    await this.accept();
  }

  /** Goes a step back with the button of the title bar. */
  async back(): Promise<void> {
    await this.button('Back').click();
  }

  /** Closes the widget with Escape. */
  async cancel(): Promise<void> {
    await this.input.press('Escape');
  }

  /**
   * Runs a command by its full label in the palette, for example `Developer: Reload Window`. Tries again until the
   * extension has contributed it; throws after `timeoutMs`.
   */
  async runCommand(label: string, timeoutMs = 30_000): Promise<void> {
    const row = this.row(label);
    for (const end = Date.now() + timeoutMs; ;) {
      try {
        if (!(await this.input.isVisible())) await this.page.keyboard.press('F1');
        // One call that finds and fills: the widget may close and open again in between.
        await this.input.fill(`>${label}`, { timeout: 2000 });
        await row.waitFor({ timeout: 2000 });
        await row.click({ timeout: 2000 });
        return;
      } catch (error) {
        if (Date.now() > end) throw new Error(`The palette has no command "${label}".`, { cause: error });
        await this.page.keyboard.press('Escape');
      }
    }
  }
}
