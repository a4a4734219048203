package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"log"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/novu-go/novu/agent"
)

const (
	streamName = "AGENT"
	marksName  = "AGENT-ANSWERED"

	// partitions is how many conversations are worked on at once. Messages of one conversation are in
	// one partition, and a partition hands out one at a time: that keeps their order.
	partitions = 16

	// Novu repeats a delivery for 92 s at most.
	duplicates = 5 * time.Minute
	kept       = 24 * time.Hour
)

// queue is a stream of deliveries with marks of those that were answered.
type queue struct {
	js      jetstream.JetStream
	stream  jetstream.Stream
	marks   jetstream.KeyValue
	ackWait time.Duration
}

func openQueue(ctx context.Context, js jetstream.JetStream, ackWait time.Duration) (*queue, error) {
	stream, err := js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: streamName, Subjects: []string{"agent.*"}, Retention: jetstream.WorkQueuePolicy, MaxAge: kept, Duplicates: duplicates,
	})
	if err != nil {
		return nil, fmt.Errorf("make the stream: %w", err)
	}
	marks, err := js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: marksName, TTL: kept})
	if err != nil {
		return nil, fmt.Errorf("make the bucket of marks: %w", err)
	}
	return &queue{js: js, stream: stream, marks: marks, ackWait: ackWait}, nil
}

func subject(conversation string) string {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(conversation))
	return fmt.Sprintf("agent.%d", sum.Sum32()%partitions)
}

// put is the handler's dispatcher. It returns when JetStream has stored the delivery. The key makes it
// drop what Novu delivers again.
func (q *queue) put(ctx context.Context, d agent.Delivery) error {
	data, err := json.Marshal(d)
	if err != nil {
		return err
	}
	_, err = q.js.Publish(ctx, subject(d.ConversationID), data, jetstream.WithMsgID(d.Key()))
	return err
}

// consume runs the turns of deliveries until stop is called.
func (q *queue) consume(ctx context.Context, h *agent.Handler) (stop func(), err error) {
	var all []jetstream.ConsumeContext
	stop = func() {
		for _, c := range all {
			c.Drain()
			<-c.Closed()
		}
	}
	for p := range partitions {
		consumer, err := q.stream.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{
			Durable: fmt.Sprintf("workers-%d", p), FilterSubject: fmt.Sprintf("agent.%d", p),
			AckPolicy: jetstream.AckExplicitPolicy, AckWait: q.ackWait, MaxAckPending: 1,
		})
		if err != nil {
			stop()
			return nil, fmt.Errorf("make a consumer: %w", err)
		}
		running, err := consumer.Consume(func(m jetstream.Msg) { q.process(ctx, h, m) }, jetstream.PullMaxMessages(1))
		if err != nil {
			stop()
			return nil, fmt.Errorf("consume: %w", err)
		}
		all = append(all, running)
	}
	return stop, nil
}

func (q *queue) process(ctx context.Context, h *agent.Handler, m jetstream.Msg) {
	var d agent.Delivery
	if err := json.Unmarshal(m.Data(), &d); err != nil {
		log.Printf("drop what is no delivery: %v", err)
		_ = m.Term()
		return
	}
	done := make(chan struct{})
	defer close(done)
	go q.keepAlive(m, done)
	err := h.Process(ctx, d)
	switch {
	case errors.Is(err, agent.ErrInvalidParams):
		log.Printf("drop a broken delivery: %v", err)
		err = m.Term()
	case err != nil:
		log.Printf("give it again: %v", err)
		err = m.Nak()
	default:
		err = m.Ack()
	}
	if err != nil {
		log.Printf("NATS was not told: %v", err)
	}
}

// keepAlive says that this worker is alive, for turns that take long.
func (q *queue) keepAlive(m jetstream.Msg, done <-chan struct{}) {
	tick := time.NewTicker(q.ackWait / 3)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			_ = m.InProgress()
		}
	}
}

// mark reports whether this turn is the first that wants to answer its delivery, and marks it as
// answered. It is called right before the reply; main's comment says what is lost between the two.
func (q *queue) mark(ctx context.Context, t *agent.Turn) (bool, error) {
	sum := sha256.Sum256([]byte(t.DeliveryID + "@" + t.Timestamp.String()))
	_, err := q.marks.Create(ctx, hex.EncodeToString(sum[:]), nil)
	if errors.Is(err, jetstream.ErrKeyExists) {
		return false, nil
	}
	return err == nil, err
}
