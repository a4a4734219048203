// Command otel makes spans and metrics of OpenTelemetry from what novu.WithAttemptHook tells of each
// attempt: a span under that of the caller, and how long attempts take, by operation and outcome. The
// hook knows no path, query or body, so no identifier and no secret gets into a span. It is a module of
// its own, so that users of novu do not inherit OpenTelemetry.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/novutest"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "otel:", err)
		os.Exit(1)
	}
}

// run asks an emulator, and prints the spans and the metrics that come of it.
func run(ctx context.Context, out io.Writer, opts ...novutest.Option) (err error) {
	spans := tracetest.NewInMemoryExporter() // yours, and the reader, export to a collector
	traces := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	defer func() { err = errors.Join(err, traces.Shutdown(ctx)) }()
	reader := sdkmetric.NewManualReader()
	hook, err := observe(traces.Tracer("novu"), sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)).Meter("novu"))
	if err != nil {
		return err
	}

	srv, err := novutest.Start(opts...)
	if err != nil {
		return err
	}
	defer srv.Close()
	// The second attempt succeeds, so that two are seen.
	srv.Inject(novutest.Fault{Route: "/v1/environments/me", Count: 1, Status: http.StatusBadGateway})
	client, err := novu.NewClient(srv.SecretKey(), novu.WithBaseURL(srv.URL()), novu.WithAttemptHook(hook))
	if err != nil {
		return err
	}
	check, span := traces.Tracer("example").Start(ctx, "check novu")
	_, err = client.Ping(check)
	span.End()
	if err != nil {
		return err
	}
	for _, span := range spans.GetSpans() {
		fmt.Fprintln(out, describe(span))
	}
	return show(ctx, out, reader)
}

// observe returns a hook that makes a span of each attempt and measures it. Operations, routes, outcomes
// and statuses are few, so that they can be attributes.
func observe(tracer trace.Tracer, meter metric.Meter) (func(context.Context, novu.Attempt), error) {
	duration, err := meter.Float64Histogram("novu.attempt.duration", metric.WithUnit("s"), metric.WithDescription("How long an attempt took."))
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, a novu.Attempt) {
		ended := time.Now()
		shared := []attribute.KeyValue{
			attribute.String("novu.operation", a.Operation), attribute.String("novu.outcome", a.Outcome),
			attribute.Int("http.response.status_code", a.Status),
		}
		duration.Record(ctx, a.Duration.Seconds(), metric.WithAttributes(shared...))

		_, span := tracer.Start(ctx, a.Operation, trace.WithTimestamp(ended.Add(-a.Duration)), trace.WithSpanKind(trace.SpanKindClient),
			trace.WithAttributes(shared...), trace.WithAttributes(
				attribute.String("http.request.method", a.Method), attribute.String("http.route", a.Route),
				attribute.Int("http.request.resend_count", a.Number-1), attribute.Float64("novu.wait", a.Wait.Seconds())))
		if a.Outcome != "succeeded" {
			span.SetStatus(codes.Error, a.Outcome)
		}
		if a.Err != nil {
			span.RecordError(a.Err)
		}
		span.End(trace.WithTimestamp(ended))
	}, nil
}

// describe puts a span into words.
func describe(span tracetest.SpanStub) string {
	text := fmt.Sprintf("span %q took %s", span.Name, span.EndTime.Sub(span.StartTime).Round(time.Microsecond))
	for _, a := range span.Attributes {
		text += fmt.Sprintf(", %s %v", a.Key, a.Value.AsInterface())
	}
	return text
}

// show prints a line for each series.
func show(ctx context.Context, out io.Writer, reader *sdkmetric.ManualReader) error {
	var all metricdata.ResourceMetrics
	if err := reader.Collect(ctx, &all); err != nil {
		return err
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			histogram, _ := m.Data.(metricdata.Histogram[float64])
			for _, point := range histogram.DataPoints {
				operation, _ := point.Attributes.Value("novu.operation")
				outcome, _ := point.Attributes.Value("novu.outcome")
				fmt.Fprintf(out, "metric %s: %d of %q ended as %q\n", m.Name, point.Count, operation.AsString(), outcome.AsString())
			}
		}
	}
	return nil
}
