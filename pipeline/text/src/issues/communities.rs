//! Communities of a graph by modularity: the Louvain method, in a fixed order of nodes.
//!
//! In: an undirected weighted graph. Out: a community number per node, numbered by first appearance. The number of
//! communities follows from the graph and the resolution. Time grows with the edges times a few passes.
//!
//! Source: Blondel et al. 2008, <https://doi.org/10.1088/1742-5468/2008/10/P10008>.

use std::collections::BTreeMap;

use super::neighbours::Graph;

const PASSES: usize = 24;
const LEVELS: usize = 12;

pub(super) fn communities(graph: &Graph, resolution: f64) -> Vec<usize> {
    let mut membership: Vec<usize> = (0..graph.len()).collect();
    let mut level: Vec<Vec<(usize, f64)>> = graph
        .iter()
        .map(|edges| edges.iter().map(|&(other, weight)| (other as usize, f64::from(weight))).collect())
        .collect();
    for _ in 0..LEVELS {
        let moved = local_moves(&level, resolution);
        let count = moved.iter().max().map_or(0, |&highest| highest + 1);
        for node in &mut membership {
            *node = moved[*node];
        }
        if count == level.len() {
            break;
        }
        level = aggregate(&level, &moved, count);
    }
    membership
}

/// Moves each node to the neighbouring community with the largest gain until nothing moves.
fn local_moves(graph: &[Vec<(usize, f64)>], resolution: f64) -> Vec<usize> {
    let n = graph.len();
    let degree: Vec<f64> = graph.iter().map(|edges| edges.iter().map(|edge| edge.1).sum()).collect();
    let total: f64 = degree.iter().sum();
    let mut community: Vec<usize> = (0..n).collect();
    if total <= 0.0 {
        return community;
    }
    let mut community_degree = degree.clone();
    let mut link = vec![0.0_f64; n];
    for _ in 0..PASSES {
        let mut move_count = 0;
        for node in 0..n {
            let own = community[node];
            let mut touched: Vec<usize> = Vec::new();
            for &(other, weight) in &graph[node] {
                if other == node {
                    continue;
                }
                let target = community[other];
                if link[target] == 0.0 {
                    touched.push(target);
                }
                link[target] += weight;
            }
            community_degree[own] -= degree[node];
            let gain =
                |target: usize| link[target] - resolution * degree[node] * community_degree[target] / total;
            let mut best = (own, gain(own));
            touched.sort_unstable();
            for &target in &touched {
                let value = gain(target);
                if value > best.1 + 1e-12 {
                    best = (target, value);
                }
            }
            for target in touched {
                link[target] = 0.0;
            }
            community_degree[best.0] += degree[node];
            if best.0 != own {
                community[node] = best.0;
                move_count += 1;
            }
        }
        if move_count == 0 {
            break;
        }
    }
    renumber(&community)
}

fn renumber(community: &[usize]) -> Vec<usize> {
    let mut numbers = vec![usize::MAX; community.len()];
    let mut next = 0;
    let mut renumbered = Vec::with_capacity(community.len());
    for &name in community {
        if numbers[name] == usize::MAX {
            numbers[name] = next;
            next += 1;
        }
        renumbered.push(numbers[name]);
    }
    renumbered
}

/// Communities become nodes; what was inside becomes a loop (counted from both ends).
fn aggregate(graph: &[Vec<(usize, f64)>], community: &[usize], count: usize) -> Vec<Vec<(usize, f64)>> {
    let mut merged: Vec<BTreeMap<usize, f64>> = vec![BTreeMap::new(); count];
    for (node, edges) in graph.iter().enumerate() {
        for &(other, weight) in edges {
            *merged[community[node]].entry(community[other]).or_insert(0.0) += weight;
        }
    }
    merged.into_iter().map(|edges| edges.into_iter().collect()).collect()
}
