package taskgraph_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/novu-go/novu/doctor/internal/taskgraph"
)

func constant(n int) func(context.Context, []int) int {
	return func(context.Context, []int) int { return n }
}

func sum(_ context.Context, results []int) int {
	total := 0
	for _, n := range results {
		total += n
	}
	return total
}

func TestResultsArePassedInTheOrderOfTheDependencies(t *testing.T) {
	g := taskgraph.New[int](2)
	one, two := g.Add(t.Context(), nil, constant(1)), g.Add(t.Context(), nil, constant(2))
	last := g.Add(t.Context(), []*taskgraph.Task[int]{two, one, taskgraph.Done(3)}, func(_ context.Context, results []int) int {
		assert.Equal(t, []int{2, 1, 3}, results)
		return sum(t.Context(), results)
	})
	g.Wait()
	assert.Equal(t, 6, last.Result())
}

// With a single slot, a task that waited while it held it would keep its own dependency from
// running.
func TestATaskThatWaitsHoldsNoSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := taskgraph.New[int](1)
		chain := taskgraph.Done(0)
		for range 10 {
			chain = g.Add(t.Context(), []*taskgraph.Task[int]{chain}, func(_ context.Context, results []int) int {
				time.Sleep(time.Second)
				return results[0] + 1
			})
		}
		start := time.Now()
		g.Wait()
		assert.Equal(t, 10, chain.Result())
		assert.Equal(t, 10*time.Second, time.Since(start))
	})
}

func TestNoMoreThanTheLimitRunAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := taskgraph.New[int](3)
		for range 9 {
			g.Add(t.Context(), nil, func(context.Context, []int) int { time.Sleep(time.Second); return 0 })
		}
		start := time.Now()
		g.Wait()
		assert.Equal(t, 3*time.Second, time.Since(start))
	})
}

func TestATaskMayAddTasks(t *testing.T) {
	g := taskgraph.New[int](1)
	var added *taskgraph.Task[int]
	g.Add(t.Context(), nil, func(ctx context.Context, _ []int) int {
		added = g.Add(ctx, []*taskgraph.Task[int]{taskgraph.Done(7)}, sum)
		return 0
	})
	g.Wait()
	assert.Equal(t, 7, added.Result())
}

func TestAfterTheEndOfTheContextTasksDoNotWaitForASlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		g := taskgraph.New[int](1)
		for range 5 {
			g.Add(ctx, nil, func(ctx context.Context, _ []int) int {
				<-ctx.Done()

				return 0
			})
			synctest.Wait()
		}
		start := time.Now()
		g.Wait()
		assert.Equal(t, time.Second, time.Since(start))
	})
}
