// SPDX-License-Identifier: Apache-2.0
// Self-organising textures: one rule per texture, on squares or hexagons, turned, erased, and grafted into each other.
import { CellCanvas } from './cell_canvas.js';
import { element, playback, segments, select, slider } from './controls.js';
import { Player } from './player.js';
import { along } from './stroke.js';
import { Thumbnails } from './thumbnails.js';

const side = 128;       // cells
const eraser = 'eraser';

export async function create({ nca, library, paused, status, fail }) {
    let world = nca.world(await library.model('chequers'), { width: side, height: side });
    const thumbnails = new Thumbnails(nca, { still: paused });

    const view = new CellCanvas({
        label: 'Cells that form a texture. Paint with the arrow keys and space, erase with enter.',
        width: side,
        height: side,
        stroke: (event) => paint(event),
    });
    const player = new Player({
        step: () => world.step(),
        draw: () => view.show(world.rgba(), world.imageWidth, world.imageHeight),
        paused,
    });

    async function paint(stroke) {
        const entry = stroke.alternate ? null : library.entry(brush.value);
        const model = entry && (await library.model(entry));
        try {
            along(stroke, radius.value, (x, y) => {
                if (model) world.graft(model, x, y, radius.value);
                else world.erase(x, y, radius.value);
            });
        } catch (error) {
            fail(error);
        }
        player.redraw();
    }

    /** The whole plane follows a texture: its cells keep their states where the rules are of one kind. */
    async function fill(entry) {
        const model = await library.model(entry);
        try {
            world.follow(model);
        } catch {
            const { lattice, alignment, angle } = world.options;
            world.free();
            world = nca.world(model, { width: side, height: side });
            world.set({ lattice, alignment, angle });
        }
        fireRate.value = world.options.fireRate;
        palette.value = entry.id;
        player.redraw();
    }

    /** Rows of hexagons are closer to each other than rows of squares. */
    const fit = () => view.resize(side, (side * world.imageHeight) / world.imageWidth);
    const set = (options) => {
        world.set(options);
        player.redraw();
    };
    const palette = await createPalette();
    const brush = select('The brush paints', {
        options: brushes(),
        value: 'bubbles',
        change: () => status(''),
    });
    const radius = slider('Size of the brush', {
        min: 2,
        max: 40,
        value: 12,
        format: (cells) => `${cells} cells`,
        change: (cells) => (view.radius = cells),
    });
    view.radius = radius.value;
    const lattice = segments('Grid', {
        options: [['square', 'Squares'], ['hexagonal', 'Hexagons']],
        value: 'square',
        change: (value) => {
            set({ lattice: value });
            fit();
        },
    });
    const alignment = segments('Alignment of the cells', {
        options: [['cartesian', 'Cartesian'], ['polar', 'Polar'], ['bipolar', 'Bipolar']],
        value: 'cartesian',
        change: (value) => set({ alignment: value }),
    });
    const angle = slider('Rotation', {
        min: -180,
        max: 180,
        step: 5,
        value: 0,
        format: (degrees) => `${degrees}\u00b0`,
        change: (degrees) => set({ angle: degrees }),
    });
    const fireRate = slider('Cells that update in a step', {
        min: 0.05,
        max: 1,
        step: 0.05,
        value: world.options.fireRate,
        format: (value) => `${Math.round(100 * value)}%`,
        change: (value) => set({ fireRate: value }),
    });

    function brushes() {
        return [...library.entries('texture').map(({ id, title }) => [id, title]), [eraser, 'Nothing: it erases']];
    }

    async function createPalette() {
        const node = element('fieldset', 'palette', element('legend', '', 'Texture of the whole plane'));
        const add = async (entry) => {
            const input = element('input');
            Object.assign(input, { type: 'radio', name: 'texture', value: entry.id, checked: entry.id === 'chequers' });
            input.addEventListener('change', () => fill(entry).catch(fail));
            const picture = thumbnails.add(await library.model(entry));
            node.append(element('label', '', input, element('span', '', picture, entry.title)));
        };
        for (const entry of library.entries('texture')) await add(entry);
        library.addEventListener('change', ({ detail }) => {
            if (detail.system !== 'texture') return;
            add(detail).catch(fail);
            brush.setOptions(brushes());
        });
        Object.defineProperty(node, 'value', {
            set: (id) => {
                for (const input of node.querySelectorAll('input')) input.checked = input.value === id;
            },
        });
        return node;
    }

    const controls = element(
        'div',
        'controls',
        playback(player, { reset: () => world.reset(), speeds: [-4, 2] }),
        lattice,
        alignment,
        angle,
        brush,
        radius,
        fireRate,
    );
    return {
        element: element(
            'div',
            'bench',
            element(
                'div',
                'sheet',
                view.element,
                palette,
                element(
                    'p',
                    'hint',
                    'Drag to graft the texture of the brush into the plane; with shift or the right button, ',
                    'erase. Bubbles were trained from chequers, so these two pass into each other; others meet at',
                    ' a seam. Hexagons and turned cells run the same rules, without training (section ',
                    '\u201cSwitching manifolds\u201d).',
                ),
            ),
            controls,
        ),
        start() {
            player.start();
            thumbnails.start();
        },
        stop() {
            player.stop();
            thumbnails.stop();
        },
        show: fill,
    };
}
