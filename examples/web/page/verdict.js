// SPDX-License-Identifier: Apache-2.0
// What the cells of a digit say: a sentence, and a bar for every digit, readable without its colour.
import { element } from './controls.js';

/** The colours of the article, as the engine draws the cells. */
const digitColours = [
    '#800000', '#e6194b', '#46f0f0', '#d2f53c', '#fabebe', '#aa6e28', '#aaffc3', '#a5a39f', '#008080', '#808000',
];

/** The verdict as a sentence. */
function sentence(verdict) {
    if (verdict.living === 0) return 'Draw a digit.';
    if (verdict.digit < 0) return 'The cells are undecided.';
    const percent = (digit) => `${Math.round((100 * verdict.votes[digit]) / verdict.living)}%`;
    const argued = verdict.votes
        .map((votes, digit) => ({ votes, digit }))
        .filter(({ votes }) => votes >= 0.1 * verdict.living)
        .sort((a, b) => b.votes - a.votes);
    if (argued.length < 2) return `The cells say ${verdict.digit}: ${percent(verdict.digit)} agree.`;
    const sides = argued.map(({ digit }) => `${digit} (${percent(digit)})`);
    return `The cells argue: ${sides.slice(0, -1).join(', ')} or ${sides.at(-1)}.`;
}

/** A sentence and bars, two elements; brought up to date a few times a second. */
export class VerdictView {
    constructor() {
        this.words = element('p', 'verdict-words');
        // Screen readers hear of the digit alone, once it has stayed for a while.
        this.announcement = element('p', 'announcement');
        this.announcement.setAttribute('role', 'status');
        this.bars = element('ol', 'verdict-bars');
        this.bars.start = 0;
        this.bars.setAttribute('aria-label', 'Votes of the cells');
        this.rows = digitColours.map((colour, digit) => {
            const bar = element('span', 'verdict-bar');
            bar.style.backgroundColor = colour;
            const count = element('span', 'verdict-count');
            const row = element(
                'li',
                '',
                element('span', '', String(digit)),
                element('span', 'verdict-track', bar),
                count,
            );
            this.bars.append(row);
            return { row, bar, count };
        });
        this.sentence = element('div', '', this.words, this.announcement);
        this.due = 0;
        this.leader = { digit: -1, since: 0 };
    }

    show(verdict, now = performance.now()) {
        if (now < this.due) return;
        this.due = now + 100;
        const words = sentence(verdict);
        this.bars.dataset.digit = String(verdict.digit);
        if (words !== this.words.textContent) this.words.textContent = words;
        if (verdict.digit !== this.leader.digit) this.leader = { digit: verdict.digit, since: now };
        const spoken = verdict.digit < 0 ? '' : `Most cells say ${verdict.digit}.`;
        if (now - this.leader.since > 800 && spoken !== this.announcement.textContent) {
            this.announcement.textContent = spoken;
        }
        verdict.votes.forEach((votes, digit) => {
            const { row, bar, count } = this.rows[digit];
            const fraction = verdict.living === 0 ? 0 : votes / verdict.living;
            bar.style.width = `${(100 * fraction).toFixed(1)}%`;
            count.textContent = votes === 0 ? '' : `${votes} \u00b7 ${Math.round(100 * fraction)}%`;
            row.classList.toggle('leads', digit === verdict.digit);
        });
    }
}
