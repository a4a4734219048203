// Package taskgraph runs tasks that depend on one another, as many at a time as a limit allows.
package taskgraph

import (
	"context"
	"sync"
)

// Graph runs tasks. A task names the tasks that it comes after, so those exist before it and there
// can be no cycle. Tasks may add further tasks while they run.
type Graph[R any] struct {
	slots   chan struct{}
	running sync.WaitGroup
}

// New returns a graph that runs at most limit tasks at a time. A task that waits for others does
// not count.
func New[R any](limit int) *Graph[R] { return &Graph[R]{slots: make(chan struct{}, limit)} }

// Task is one piece of work and, once it is done, its result.
type Task[R any] struct {
	done   chan struct{}
	result R
}

// Done returns a task that is done already.
func Done[R any](result R) *Task[R] {
	t := &Task[R]{done: make(chan struct{}), result: result}
	close(t.done)
	return t
}

// Add runs a task as soon as those that it comes after are done, and passes their results, in the
// order given. When ctx ends, run is called without waiting for a free slot, and has to return at
// once.
func (g *Graph[R]) Add(ctx context.Context, after []*Task[R], run func(ctx context.Context, results []R) R) *Task[R] {
	t := &Task[R]{done: make(chan struct{})}
	g.running.Go(func() {
		defer close(t.done)
		results := make([]R, len(after))
		for i, earlier := range after {
			<-earlier.done
			results[i] = earlier.result
		}
		select {
		case g.slots <- struct{}{}:
			defer func() { <-g.slots }()
		case <-ctx.Done():
		}
		t.result = run(ctx, results)
	})
	return t
}

// Wait returns when every task is done, those included that were added meanwhile.
func (g *Graph[R]) Wait() { g.running.Wait() }

// Result returns what the task came to. Call it after [Graph.Wait].
func (t *Task[R]) Result() R {
	<-t.done
	return t.result
}
