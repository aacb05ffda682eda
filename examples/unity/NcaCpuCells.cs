// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
using System;
using System.Runtime.InteropServices;
using System.Text;
using UnityEngine;

/// Cells that the library nca_c steps, examples/c_api/nca.h, on this thread.
internal sealed class NcaCpuCells : INcaCells
{
    private readonly int width, height;
    private readonly ulong seed;
    private readonly Texture2D picture;
    private readonly byte[] rows, upwards; // pixels, from the top and from the bottom
    private IntPtr model, world;

    public NcaCpuCells(byte[] file, int width, int height, ulong seed)
    {
        if (nca_abi_version() != AbiVersion) throw new NotSupportedException("This is another version of nca_c.");
        this.width = width;
        this.height = height;
        this.seed = seed;
        var reason = new byte[256];
        Check(nca_model_create(file, Size(file.Length), out model, reason, Size(reason.Length)), reason);
        picture = new Texture2D(width, height, TextureFormat.RGBA32, false) { filterMode = FilterMode.Point };
        rows = new byte[4 * width * height];
        upwards = new byte[rows.Length];
    }

    public Texture Picture => picture;

    public void Plant(int x, int y)
    {
        nca_world_destroy(world);
        var reason = new byte[256];
        Check(nca_world_create(model, height, width, seed, BoundaryOfTheRule, out world, reason, Size(reason.Length)),
              reason);
        Check(nca_world_plant(world, x, y));
    }

    public void Step(int count)
    {
        Check(nca_world_step(world, count));
    }

    public void Erase(float x, float y, float radius)
    {
        Check(nca_world_erase(world, x, y, radius));
    }

    public void Draw()
    {
        Check(nca_world_rgba(world, rows, Size(rows.Length), UIntPtr.Zero, 0, Paper));
        int stride = 4 * width;
        for (int y = 0; y < height; ++y)
        {
            Buffer.BlockCopy(rows, y * stride, upwards, (height - 1 - y) * stride, stride);
        }
        picture.LoadRawTextureData(upwards);
        picture.Apply(false);
    }

    public void Dispose()
    {
        nca_world_destroy(world);
        nca_model_destroy(model);
        world = model = IntPtr.Zero;
        UnityEngine.Object.Destroy(picture);
    }

    private static UIntPtr Size(int bytes)
    {
        return new UIntPtr((uint)bytes);
    }

    private static void Check(int status, byte[] reason = null)
    {
        if (status == 0) return;
        string why = reason == null ? "" : Encoding.UTF8.GetString(reason).TrimEnd('\0');
        throw new InvalidOperationException("nca_c, status " + status + ": " + why);
    }

    private const string Library = "nca_c";
    private const int AbiVersion = 1;
    private const int BoundaryOfTheRule = -1;
    private static readonly byte[] Paper = { 255, 255, 255 };

    [DllImport(Library)] private static extern int nca_abi_version();
    [DllImport(Library)] private static extern int nca_model_create(byte[] bytes, UIntPtr size, out IntPtr model,
                                                                    byte[] reason, UIntPtr capacity);
    [DllImport(Library)] private static extern void nca_model_destroy(IntPtr model);
    [DllImport(Library)] private static extern int nca_world_create(IntPtr model, int height, int width, ulong seed,
                                                                    int boundary, out IntPtr world, byte[] reason,
                                                                    UIntPtr capacity);
    [DllImport(Library)] private static extern void nca_world_destroy(IntPtr world);
    [DllImport(Library)] private static extern int nca_world_plant(IntPtr world, int x, int y);
    [DllImport(Library)] private static extern int nca_world_step(IntPtr world, int count);
    [DllImport(Library)] private static extern int nca_world_erase(IntPtr world, double x, double y, double radius);
    [DllImport(Library)] private static extern int nca_world_rgba(IntPtr world, byte[] pixels, UIntPtr size,
                                                                  UIntPtr stride, uint flags, byte[] background);
}
