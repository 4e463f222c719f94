# SPDX-License-Identifier: MIT
"""Dense attention in float64, forward and backward: what OUT.h5 of `gridring attend` should hold."""
import numpy as np


def visible(steps, causal, window):
    query, key = np.arange(steps)[:, None], np.arange(steps)[None, :]
    seen = key <= query if causal else np.ones((steps, steps), bool)
    if window:
        seen = seen & (key > query - window) & (key < query + window)
    return seen


def attention(q, k, v, causal=True, window=0, scale=None, valid=None, segment=None, d_out=None):
    """Tensors are [batch, time, heads, head_dim]; returns a dict of out, lse and, with d_out, dq, dk, dv."""
    q, k, v = (np.asarray(x, np.float64) for x in (q, k, v))
    batch, steps, heads, dim = q.shape
    group = heads // k.shape[2]
    scale = scale or dim**-0.5
    result = {"out": np.zeros_like(q), "lse": np.full((batch, heads, steps), -np.inf)}
    if d_out is not None:
        d_out = np.asarray(d_out, np.float64)
        result.update(dq=np.zeros_like(q), dk=np.zeros_like(k), dv=np.zeros_like(v))
    for b in range(batch):
        seen = visible(steps, causal, window)
        if valid is not None:
            seen = seen & (np.asarray(valid[b]) != 0)[None, :]
        if segment is not None:
            seen = seen & (segment[b][:, None] == segment[b][None, :])
        for h in range(heads):
            Q, K, V = q[b, :, h], k[b, :, h // group], v[b, :, h // group]
            score = np.where(seen, scale * Q @ K.T, -np.inf)
            top = score.max(1, keepdims=True)
            top[~np.isfinite(top)] = 0
            weight = np.exp(score - top)
            total = weight.sum(1, keepdims=True)
            with np.errstate(divide="ignore"):
                result["lse"][b, h] = (top + np.log(total))[:, 0]
            p = weight / np.where(total > 0, total, 1)
            result["out"][b, :, h] = p @ V
            if d_out is None:
                continue
            dO = d_out[b, :, h]
            ds = p * (dO @ V.T - (dO * result["out"][b, :, h]).sum(1, keepdims=True)) * scale
            result["dq"][b, :, h] = ds @ K
            result["dk"][b, :, h // group] += ds.T @ Q
            result["dv"][b, :, h // group] += p.T @ dO
    return result
