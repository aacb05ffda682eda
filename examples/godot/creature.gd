# SPDX-License-Identifier: Apache-2.0
# Part of nca, neural cellular automata in C++ headers.
# A creature on the GPU. Two viewports hold its state in turn: in every frame one pass reads the
# one that was drawn last and draws the other. Dragging cuts, the space bar plants a new seed.
extends ColorRect

const EDIT := -1  # stands for a pass: the moment between two steps

@export_file("*.gdshader") var shader_path := "res://lizard.gdshader"
@export var cells := Vector2i(72, 72)
@export var channels := 16
@export var random_seed := 7
@export var cut_radius := 5.0

var _step := ShaderMaterial.new()
var _edit := ShaderMaterial.new()
var _picture := ShaderMaterial.new()
var _viewports: Array[SubViewport] = []
var _last := 0  # the viewport that was drawn last
var _passes := 1  # of a step
var _next_pass := EDIT
var _steps := 0
var _edit_waits := false
var _seed_waits := false
var _from := Vector2.ZERO  # of the cut, in cells
var _to := Vector2.ZERO


func _ready() -> void:
	var shader := load(shader_path) as Shader
	if shader == null:
		push_error("No shader at %s: README.md tells how nca exports it." % shader_path)
		return
	_passes = _constant(shader, "NCA_PASSES")
	for each: ShaderMaterial in [_step, _picture]:
		each.shader = shader
		each.set_shader_parameter("nca_grid_width", cells.x)
		each.set_shader_parameter("nca_grid_height", cells.y)
	_step.set_shader_parameter("nca_seed_low", random_seed & 0xffffffff)
	_step.set_shader_parameter("nca_seed_high", (random_seed >> 32) & 0xffffffff)
	_picture.set_shader_parameter("nca_pass", 2)
	_edit.shader = load("res://edit.gdshader")
	_edit.set_shader_parameter("width", cells.x)
	_edit.set_shader_parameter("channels", channels)
	for viewport: SubViewport in [$Even, $Odd]:
		viewport.size = Vector2i(cells.x * _constant(shader, "NCA_BANDS"), cells.y)
		viewport.get_node("Cells").size = Vector2(viewport.size)
		_viewports.append(viewport)
	plant(cells / 2)
	RenderingServer.frame_pre_draw.connect(_draw_pass)


func plant(cell: Vector2i) -> void:
	_seed_waits = true
	_edit_waits = true
	_to = Vector2(cell)


func cut(from: Vector2, to: Vector2) -> void:
	if _seed_waits:
		return
	if not _edit_waits:
		_from = from
	_to = to
	_edit_waits = true


func _gui_input(event: InputEvent) -> void:
	var mouse := event as InputEventMouse
	if mouse == null or (mouse.button_mask & MOUSE_BUTTON_MASK_LEFT) == 0:
		return
	var motion := event as InputEventMouseMotion
	var before := mouse.position - motion.relative if motion else mouse.position
	cut(before / size * Vector2(cells), mouse.position / size * Vector2(cells))


func _unhandled_key_input(event: InputEvent) -> void:
	var key := event as InputEventKey
	if key != null and key.pressed and not key.echo and key.keycode == KEY_SPACE:
		plant(cells / 2)


# Unlike _process, this is not called for frames that are not drawn, as in a minimised window.
func _draw_pass() -> void:
	if _next_pass == EDIT and _edit_waits:
		_draw_edit()
	else:
		_draw_step_pass()
	if _next_pass <= 0:  # the state is complete
		_picture.set_shader_parameter("nca_state", _viewports[_last].get_texture())
		material = _picture


func _draw_edit() -> void:
	if _seed_waits:
		_steps = 0
	_edit.set_shader_parameter("from", _from)
	_edit.set_shader_parameter("to", _to)
	_edit.set_shader_parameter("radius", 0.0 if _seed_waits else cut_radius)
	_draw_with(_edit)
	_edit_waits = false
	_seed_waits = false
	_next_pass = 0


func _draw_step_pass() -> void:
	_next_pass = maxi(_next_pass, 0)
	_step.set_shader_parameter("nca_pass", _next_pass)
	_step.set_shader_parameter("nca_step_number", _steps)
	_draw_with(_step)
	_next_pass += 1
	if _next_pass == _passes:
		_steps += 1
		_next_pass = EDIT


func _draw_with(pass_material: ShaderMaterial) -> void:
	var viewport := _viewports[1 - _last]
	pass_material.set_shader_parameter("nca_state", _viewports[_last].get_texture())
	viewport.get_node("Cells").material = pass_material
	viewport.render_target_update_mode = SubViewport.UPDATE_ONCE
	_last = 1 - _last


func _constant(shader: Shader, constant: String) -> int:
	var found := RegEx.create_from_string(constant + "\\s*=?\\s*(\\d+)").search(shader.code)
	return found.get_string(1).to_int() if found else 1
