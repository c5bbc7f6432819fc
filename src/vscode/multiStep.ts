import * as vscode from 'vscode';

/** Where a prompt stands in its sequence. */
export interface Frame {
  title: string;
  step: number;
  totalSteps: number;
  /** Shows a prompt in the place of the one before it, which stays until then so that nothing flickers. */
  show: (input: vscode.QuickInput) => void;
}

/** How a prompt ended. */
export type Answer<T> = { kind: 'value'; value: T } | { kind: 'back' } | { kind: 'cancel' };

/** One prompt of a sequence. It puts what it learns into the state. */
export interface Step<S> {
  /** Whether the prompt is needed, given what is known; always by default. */
  when?: (state: S) => boolean;
  /** @returns whether to go on, to go back, or to stop */
  ask: (state: S, frame: Frame) => Promise<'next' | 'back' | 'cancel'>;
}

/**
 * Asks one thing after the other, with the way back open.
 * @returns whether all was answered; what had been put into the state by then stays there
 */
export async function askAll<S>(title: string, steps: readonly Step<S>[], state: S): Promise<boolean> {
  let shown: vscode.QuickInput | undefined;
  const show = (input: vscode.QuickInput): void => {
    input.show();
    shown?.dispose();
    shown = input;
  };
  try {
    // A step that is not needed at first may become needed, and the other way round: they are counted anew each time.
    for (let i = 0, direction = 1; i < steps.length; i += direction) {
      const step = steps[i];
      if (step === undefined) return false;
      if (step.when?.(state) === false) continue;
      const needed = steps.filter(({ when }) => when?.(state) !== false);
      const answer = await step.ask(state, { title, step: needed.indexOf(step) + 1, totalSteps: needed.length, show });
      if (answer === 'cancel') return false;
      direction = answer === 'back' ? -1 : 1;
    }
    return true;
  } finally {
    shown?.dispose();
  }
}

/** Asks for text. The prompt cannot be left with a value that `validate` objects to. */
export function askText(
  frame: Frame,
  options: {
    prompt: string;
    value?: string | undefined;
    placeholder?: string;
    password?: boolean;
    /** What is wrong with the value, or undefined. */
    validate: (value: string) => string | undefined;
  },
): Promise<Answer<string>> {
  const input = vscode.window.createInputBox();
  input.prompt = options.prompt;
  input.value = options.value ?? '';
  input.placeholder = options.placeholder ?? '';
  input.password = options.password ?? false;
  input.onDidChangeValue((value) => (input.validationMessage = value === '' ? '' : (options.validate(value) ?? '')));
  return ask(input, frame, (accept) => {
    const breach = options.validate(input.value);
    input.validationMessage = breach ?? '';
    if (breach === undefined) accept(input.value);
  });
}

/** Asks for one of several items. */
export function askPick<T extends vscode.QuickPickItem>(
  frame: Frame,
  options: {
    items: readonly T[];
    placeholder: string;
    active?: T | undefined;
    /** Offers what was typed as an item of its own, where it is none of the others. */
    typed?: (value: string) => T | undefined;
  },
): Promise<Answer<T>> {
  const pick = vscode.window.createQuickPick<T>();
  pick.placeholder = options.placeholder;
  pick.items = options.items;
  pick.matchOnDescription = true;
  if (options.active !== undefined) pick.activeItems = [options.active];
  pick.onDidChangeValue((value) => {
    const own = value === '' ? undefined : options.typed?.(value.trim());
    pick.items = own === undefined ? options.items : [...options.items, own];
  });
  return ask(pick, frame, (accept) => {
    const [item] = pick.activeItems;
    if (item !== undefined) accept(item);
  });
}

/** What input boxes and quick picks have in common. */
type Input = vscode.QuickInput & Pick<vscode.InputBox, 'buttons' | 'onDidAccept' | 'onDidTriggerButton'>;

function ask<T>(
  input: Input,
  { title, step, totalSteps, show }: Frame,
  onAccept: (accept: (value: T) => void) => void,
): Promise<Answer<T>> {
  Object.assign(input, { title, step, totalSteps, ignoreFocusOut: true });
  if (step > 1) input.buttons = [vscode.QuickInputButtons.Back];
  return new Promise<Answer<T>>((resolve) => {
    input.onDidTriggerButton(() => resolve({ kind: 'back' }));
    input.onDidHide(() => resolve({ kind: 'cancel' }));
    input.onDidAccept(() => onAccept((value) => resolve({ kind: 'value', value })));
    show(input);
  });
}

/** Takes what was answered. @returns where to go on */
export function put<T>(answer: Answer<T>, take: (value: T) => unknown): 'next' | 'back' | 'cancel' {
  if (answer.kind !== 'value') return answer.kind;
  take(answer.value);
  return 'next';
}
