// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
using System;
using UnityEngine;

/// Cells that NcaCreature.compute steps: groups of four channels in a buffer, [row][column][group].
internal sealed class NcaGpuCells : INcaCells
{
    private readonly ComputeShader shader;
    private readonly int width, height, channels, groups;
    private readonly int[] key; // the seed's lower and upper 32 bits
    private readonly int stepKernel, lifeKernel, eraseKernel, drawKernel;
    private readonly RenderTexture picture;
    private ComputeBuffer state, updated, result;
    private uint steps;

    public NcaGpuCells(ComputeShader shader, int width, int height, int channels, ulong seed)
    {
        this.shader = shader;
        this.width = width;
        this.height = height;
        this.channels = channels;
        groups = (channels + 3) / 4;
        key = new[] { unchecked((int)(uint)seed), unchecked((int)(uint)(seed >> 32)) };
        stepKernel = shader.FindKernel("step_cells");
        lifeKernel = shader.HasKernel("life") ? shader.FindKernel("life") : -1;
        eraseKernel = shader.FindKernel("erase");
        drawKernel = shader.FindKernel("draw");
        state = NewBuffer();
        updated = NewBuffer();
        if (lifeKernel >= 0) result = NewBuffer();
        picture = new RenderTexture(width, height, 0, RenderTextureFormat.ARGBHalf)
        {
            enableRandomWrite = true,
            filterMode = FilterMode.Point
        };
        picture.Create();
    }

    public Texture Picture => picture;

    public void Plant(int x, int y)
    {
        var values = new float[4 * groups * width * height];
        int cell = 4 * groups * (y * width + x);
        for (int channel = 3; channel < channels; ++channel) values[cell + channel] = 1.0f;
        state.SetData(values);
        steps = 0;
    }

    public void Step(int count)
    {
        SetFrame();
        for (int i = 0; i < count; ++i)
        {
            shader.SetInt("nca_frame_step", unchecked((int)steps));
            shader.SetBuffer(stepKernel, "nca_state_cells", state);
            shader.SetBuffer(stepKernel, "nca_updated_cells", updated);
            Dispatch(stepKernel);
            if (lifeKernel >= 0)
            {
                shader.SetBuffer(lifeKernel, "nca_state_cells", state);
                shader.SetBuffer(lifeKernel, "nca_updated_cells", updated);
                shader.SetBuffer(lifeKernel, "nca_result_cells", result);
                Dispatch(lifeKernel);
                (state, result) = (result, state);
            }
            else
            {
                (state, updated) = (updated, state);
            }
            ++steps;
        }
    }

    public void Erase(float x, float y, float radius)
    {
        SetFrame();
        shader.SetFloats("nca_cut_centre", x, y);
        shader.SetFloat("nca_cut_radius", radius);
        shader.SetBuffer(eraseKernel, "nca_updated_cells", state);
        Dispatch(eraseKernel);
    }

    public void Draw()
    {
        SetFrame();
        shader.SetInt("nca_linear_colours", QualitySettings.activeColorSpace == ColorSpace.Linear ? 1 : 0);
        shader.SetBuffer(drawKernel, "nca_state_cells", state);
        shader.SetTexture(drawKernel, "nca_picture", picture);
        Dispatch(drawKernel);
    }

    public void Dispose()
    {
        state.Release();
        updated.Release();
        result?.Release();
        picture.Release();
        UnityEngine.Object.Destroy(picture);
    }

    private ComputeBuffer NewBuffer()
    {
        return new ComputeBuffer(width * height * groups, 4 * sizeof(float));
    }

    // Other creatures may have set the same shader since.
    private void SetFrame()
    {
        shader.SetInt("nca_frame_width", width);
        shader.SetInt("nca_frame_height", height);
        shader.SetInt("nca_frame_goal", 0);
        shader.SetInts("nca_frame_seed", key);
    }

    private void Dispatch(int kernel)
    {
        shader.Dispatch(kernel, (width + 7) / 8, (height + 7) / 8, 1);
    }
}
