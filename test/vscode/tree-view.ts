import type { Locator, Page } from 'playwright-core';
import { exactly } from './text.ts';

/** The part of a DOM element that is used inside the page; the compiler does not know the DOM here. */
interface RowElement {
  textContent: string;
  getBoundingClientRect(): { top: number };
  querySelector(selector: string): { textContent: string } | null;
}

/** One tree in the side bar, found by the name of its view. */
export class TreeView {
  readonly page: Page;
  readonly tree: Locator;

  constructor(page: Page, view: string) {
    this.page = page;
    this.tree = page.getByRole('tree', { name: new RegExp(`^${exactly(view)}`) });
  }

  /** The row whose label is `label`, with or without a description behind it. */
  row(label: string): Locator {
    const name = this.page.locator('.label-name', { hasText: new RegExp(`^\\s*${exactly(label)}\\s*$`) });
    return this.tree.getByRole('treeitem').filter({ has: name }).first();
  }

  /** The grey text behind the label of a row. */
  description(label: string): Locator {
    return this.row(label).locator('.label-description');
  }

  /** The labels of the visible rows, top to bottom. */
  async labels(): Promise<string[]> {
    // The rows of a virtual list stand in the DOM in any order.
    const rows = await this.tree.getByRole('treeitem').evaluateAll((items: RowElement[]) =>
      items.map((item) => ({
        top: item.getBoundingClientRect().top,
        text: item.querySelector('.label-name')?.textContent ?? item.textContent,
      })),
    );
    return rows.sort((a, b) => a.top - b.top).map(({ text }) => text.trim());
  }

  /** Opens the rows with these labels, one after the other. */
  async expand(...labels: string[]): Promise<void> {
    for (const label of labels) {
      const row = this.row(label);
      await row.waitFor();
      const open = this.tree.locator('[role=treeitem][aria-expanded=true]').filter({ hasText: label }).first();
      // A row that is drawn anew at the moment of the click misses it.
      for (let left = 5; (await row.getAttribute('aria-expanded')) === 'false'; left--) {
        await row.locator('.monaco-tl-twistie').click();
        await open.waitFor({ timeout: 4000 }).catch((error: unknown) => {
          if (left === 0) throw error;
        });
      }
    }
  }

  /** Clicks an icon button of a row by its tooltip. */
  async inlineAction(label: string, action: string): Promise<void> {
    const row = this.row(label);
    await row.hover();
    await row.getByRole('button', { name: action }).first().click();
  }

  /** Opens the context menu of a row and chooses an entry. */
  async contextMenu(label: string, entry: string): Promise<void> {
    await this.row(label).click({ button: 'right' });
    const item = this.page.getByRole('menuitem', { name: entry }).first();
    await item.hover();
    // A menu that has just opened ignores the mouse for a tenth of a second.
    await this.page.waitForTimeout(200);
    await item.click();
  }
}
