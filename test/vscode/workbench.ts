import type { Frame, Locator, Page } from 'playwright-core';
import { ModalDialog, waitForNotification, type Notification } from './notifications.ts';
import { QuickInput } from './quick-input.ts';
import { exactly } from './text.ts';
import { TreeView } from './tree-view.ts';

const ACTION_LIMIT_MS = 20_000;
const START_LIMIT_MS = 60_000;
/** What a click on an activity shows is there by then. */
const APPEAR_LIMIT_MS = 6000;

/**
 * One window of VS Code, as a person sees it: everything is found by role, label or a class name that has been stable
 * for years. Methods wait up to 20 s for what they need and throw when it does not come.
 */
export class Workbench {
  readonly page: Page;
  readonly quickInput: QuickInput;

  /** The page must show a window, or be on its way to one: `ready` waits for that. */
  constructor(page: Page) {
    this.page = page;
    this.quickInput = new QuickInput(page);
    page.setDefaultTimeout(ACTION_LIMIT_MS);
  }

  /** Waits until the window can be used; extensions may still be starting. */
  async ready(): Promise<void> {
    await this.page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: START_LIMIT_MS });
    await this.page.locator('#workbench\\.parts\\.activitybar .action-label').first().waitFor();
  }

  /** Loads the window anew, as F5 in the browser does. */
  async reload(): Promise<void> {
    await this.page.reload({ waitUntil: 'commit' });
    await this.ready();
  }

  /** Runs a command by its full label in the palette; tries again until the extension has contributed it. */
  async runCommand(label: string, timeoutMs?: number): Promise<void> {
    await this.quickInput.runCommand(label, timeoutMs);
  }

  /** Shows the view container with this name in the side bar. */
  async openActivity(name: string): Promise<void> {
    const bar = this.page.locator('#workbench\\.parts\\.activitybar');
    const tab = bar.getByRole('tab', { name: new RegExp(`^${exactly(name)}`) });
    await tab.waitFor();
    const title = this.page.locator('#workbench\\.parts\\.sidebar .composite.title');
    const shown = title.filter({ hasText: new RegExp(exactly(name), 'i') });
    // A click hides what is shown already, as it may be by now where a window is being restored: then another shows it.
    for (let tries = 0; tries < 3; tries++) {
      if (tries > 0 || (await tab.getAttribute('aria-selected')) !== 'true') await tab.click();
      const appeared = await shown.waitFor({ timeout: APPEAR_LIMIT_MS }).then(
        () => true,
        () => false,
      );
      if (appeared) return;
    }
    throw new Error(`The side bar does not show ${name}.`);
  }

  /** The tree of a view by the view's name. */
  tree(view: string): TreeView {
    return new TreeView(this.page, view);
  }

  /** Waits for a notification whose text contains `text`. */
  async notification(text: string | RegExp, timeoutMs?: number): Promise<Notification> {
    return await waitForNotification(this.page, text, timeoutMs);
  }

  /** The texts of the notifications on the screen, newest first. */
  async notificationTexts(): Promise<string[]> {
    return await this.page.locator('.notifications-toasts .notification-list-item-message').allInnerTexts();
  }

  /** Closes every notification. */
  async clearNotifications(): Promise<void> {
    await this.runCommand('Notifications: Clear All Notifications');
  }

  /** Waits for a modal dialog whose text contains `text`. */
  async dialog(text: string): Promise<ModalDialog> {
    const dialog = new ModalDialog(this.page);
    await dialog.box.filter({ hasText: text }).waitFor();
    return dialog;
  }

  /** Opens a file of the workspace by its name, and waits for its tab. */
  async openFile(name: string): Promise<void> {
    const base = name.split('/').at(-1)!;
    await this.page.keyboard.press('Control+P');
    await this.quickInput.fill(name);
    await this.quickInput.rows.filter({ hasText: base }).first().waitFor();
    await this.quickInput.accept();
    await this.tab(base).waitFor();
  }

  /** The tab of an open editor by the start of its name. */
  tab(name: string): Locator {
    return this.page.getByRole('tab', { name: new RegExp(`^${exactly(name)}`) }).first();
  }

  /** The text editor that is visible, the first of several side by side. */
  get editor(): Locator {
    return this.page.locator('.editor-instance .monaco-editor').first();
  }

  /** A button at the top right of the editor by its tooltip. */
  editorAction(label: string): Locator {
    const actions = this.page.locator('.editor-group-container .editor-actions');
    return actions.getByRole('button', { name: new RegExp(`^${exactly(label)}`) }).first();
  }

  /** A link above a line of the editor by its text. */
  codeLens(text: string | RegExp): Locator {
    return this.page.locator('.codelens-decoration a').filter({ hasText: text }).first();
  }

  /** An item of the status bar by its text. */
  statusBarItem(text: string | RegExp): Locator {
    return this.page.locator('.part.statusbar .statusbar-item:visible').filter({ hasText: text }).first();
  }

  /** The text of the terminal that is visible, as far as it is scrolled into view. */
  get terminal(): Locator {
    return this.page.locator('.terminal-wrapper.active .xterm-rows');
  }

  /** Lets the keyboard write to the terminal that is visible. */
  async focusTerminal(): Promise<void> {
    await this.runCommand('Terminal: Focus Terminal');
    await this.page.locator('.terminal-wrapper.active .xterm.focus').waitFor();
  }

  /** Shows the Problems panel; returns its rows, those of the files among them. */
  async problems(): Promise<Locator> {
    const panel = this.page.locator('.markers-panel');
    if (!(await panel.isVisible())) await this.page.keyboard.press('Control+Shift+M');
    await panel.waitFor();
    return panel.getByRole('treeitem');
  }

  /**
   * Waits for a visible webview that holds `selector`, and returns the inner document, where that can be used.
   * `except` leaves out frames that are known already.
   */
  async webview(selector: string, except: readonly Frame[] = []): Promise<Frame> {
    for (const end = Date.now() + ACTION_LIMIT_MS; Date.now() < end;) {
      for (const frame of this.page.frames()) {
        if (!frame.url().includes('fake.html') || except.includes(frame)) continue;
        // A frame may go away while it is looked at.
        const visible = await frame
          .locator(selector)
          .first()
          .isVisible()
          .catch(() => false);
        if (visible) return frame;
      }
      await this.page.waitForTimeout(50);
    }
    throw new Error(`No webview shows ${selector}`);
  }

  /** Switches the colour theme by its label, for example `Dark Modern`. */
  async selectTheme(label: string): Promise<void> {
    await this.runCommand('Preferences: Color Theme');
    await this.quickInput.fill(label);
    await this.quickInput.pick(label);
    await this.quickInput.waitForClose();
  }

  /** Saves what the window shows as a PNG file, and returns the picture. */
  async screenshot(file: string): Promise<Buffer> {
    return await this.page.screenshot({ path: file });
  }
}
