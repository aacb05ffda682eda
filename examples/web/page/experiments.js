// SPDX-License-Identifier: Apache-2.0
// The four experiments of the article, side by side. They run while they are on the screen.
import { button, element } from './controls.js';
import { Creature } from './creature.js';
import { Player } from './player.js';

const experiments = [
    {
        title: '1 \u00b7 Growing',
        model: 'lizard_growing',
        text: 'Trained only to arrive. Wait: after the lizard the cells go on, and it falls apart.',
    },
    {
        title: '2 \u00b7 Persistent',
        model: 'lizard_persistent',
        text: 'Trained from its own old states: the shape holds. Cut it, and it heals, but wrongly.',
    },
    {
        title: '3 \u00b7 Regenerating',
        model: 'lizard',
        text: 'Trained on damage as well. Cut it where you like: it grows back.',
    },
    {
        title: '4 \u00b7 Rotating',
        model: 'lizard',
        options: { angle: 60 },
        text: 'The same cells as in 3, each turned by 60\u00b0: the whole creature turns with them.',
    },
];

function createExperiment({ nca, library, paused }, { title, model, options = {}, text }) {
    const figures = element('span', 'figures');
    const creature = new Creature(nca, { label: `Experiment ${title}`, changed: () => player.redraw() });
    creature.radius = creature.cells.radius = 7;
    creature.set(options);
    let frames = 0;
    const player = new Player({
        step: () => creature.world.step(),
        draw: () => {
            creature.draw();
            if (frames++ % 15 === 0 || player.paused) figures.textContent = `step ${creature.world.steps}`;
        },
        paused,
    });
    const pause = button('', () => (player.paused = !player.paused));
    player.onPause = (value) => {
        pause.textContent = value ? 'Play' : 'Pause';
        pause.setAttribute('aria-label', `${pause.textContent} experiment ${title}`);
    };
    player.onPause(paused);
    const again = button('Restart', () => {
        creature.restart();
        player.redraw();
    });
    again.setAttribute('aria-label', `Restart experiment ${title}`);
    return {
        player,
        load: async () => creature.grow(await library.model(model)),
        element: element('figure', 'experiment', creature.element, element('figcaption', '',
            element('h3', '', title, figures), element('p', 'hint', text)), element('div', 'buttons', pause, again)),
    };
}

export function createExperiments(context) {
    const made = experiments.map((one) => createExperiment(context, one));
    const row = element('div', 'row experiments', ...made.map((one) => one.element));
    let visible = false;    // the part is
    let inView = false;     // the row is
    let loaded = null;      // promise of the models, which are loaded when the row is first looked at
    const update = async () => {
        try {
            if (inView) await (loaded ??= Promise.all(made.map((one) => one.load())));
            for (const { player } of made) {
                if (visible && inView) player.start();
                else player.stop();
            }
        } catch (error) {
            loaded = null;
            context.fail(error);
        }
    };
    new IntersectionObserver(([entry]) => {
        inView = entry.isIntersecting;
        update();
    }, { threshold: 0.2 }).observe(row);

    return {
        element: element('section', '', element('h2', '', 'Four experiments, side by side'),
            element('p', '', 'The same network with sixteen channels, trained in four ways. Cut each of them and see.'), row),
        start() {
            visible = true;
            update();
        },
        stop() {
            visible = false;
            update();
        },
    };
}
