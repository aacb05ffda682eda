// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
using System;
using UnityEngine;

/// The cells of a creature, wherever they are computed. Columns count from the left, rows from the top.
internal interface INcaCells : IDisposable
{
    /// What Draw draws into.
    Texture Picture { get; }
    /// Starts again from one cell.
    void Plant(int x, int y);
    void Step(int count);
    /// Sets the cells closer than the radius to a point to zero.
    void Erase(float x, float y, float radius);
    void Draw();
}

/// A creature on the surface of this object, which has a MeshCollider, as quads have: dragging cuts it, the space bar
/// starts again. It lives on the GPU where there are compute shaders, else on the CPU.
[RequireComponent(typeof(Renderer))]
public sealed class NcaCreature : MonoBehaviour
{
    [SerializeField] private ComputeShader shader = null; // NcaCreature.compute
    [SerializeField] private TextAsset model = null;      // lizard.safetensors.bytes, for the CPU
    [SerializeField] private int width = 72;
    [SerializeField] private int height = 72;
    [SerializeField] private int channels = 16;
    [SerializeField] private long seed = 7;
    [SerializeField] private float stepsPerSecond = 60.0f;
    [SerializeField] private float cutRadius = 5.0f;

    private const int MostStepsAtOnce = 8;

    private INcaCells cells;
    private float due; // steps

    /// From one cell in the middle again.
    public void Restart()
    {
        cells?.Plant(width / 2, height / 2);
    }

    /// Cuts a disc at a place of the texture, whose v goes upwards.
    public void Cut(Vector2 uv)
    {
        cells?.Erase(uv.x * width - 0.5f, (1.0f - uv.y) * height - 0.5f, cutRadius);
    }

    private void OnEnable()
    {
        if (shader != null && SystemInfo.supportsComputeShaders)
        {
            cells = new NcaGpuCells(shader, width, height, channels, unchecked((ulong)seed));
        }
        else
        {
            cells = new NcaCpuCells(model.bytes, width, height, unchecked((ulong)seed));
        }
        GetComponent<Renderer>().material.mainTexture = cells.Picture;
        due = 0.0f;
        Restart();
    }

    private void OnDisable()
    {
        cells?.Dispose();
        cells = null;
    }

    private void Update()
    {
        if (cells == null) return;
        Listen();
        due = Mathf.Min(due + stepsPerSecond * Time.deltaTime, MostStepsAtOnce);
        int steps = Mathf.FloorToInt(due);
        due -= steps;
        cells.Step(steps);
        cells.Draw();
    }

    private void Listen()
    {
#if ENABLE_LEGACY_INPUT_MANAGER
        if (Input.GetKeyDown(KeyCode.Space)) Restart();
        if (!Input.GetMouseButton(0) || Camera.main == null) return;
        Ray ray = Camera.main.ScreenPointToRay(Input.mousePosition);
        if (Physics.Raycast(ray, out RaycastHit hit) && hit.collider.gameObject == gameObject) Cut(hit.textureCoord);
#endif
    }
}
