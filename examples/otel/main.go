// Command otel makes spans and metrics of OpenTelemetry from what the client does. Its HTTP transport
// goes in through novu.WithHTTPClient, and each attempt is a span under that of the caller.
// novu.WithAttemptHook makes metrics: how long attempts take, by operation and outcome, and how often
// they are repeated. It is a module of its own, so that users of novu do not inherit OpenTelemetry.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/novutest"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "otel:", err)
		os.Exit(1)
	}
}

// run asks an emulator twice, prints the spans as they end, and the metrics at the end.
func run(ctx context.Context, out io.Writer, opts ...novutest.Option) (err error) {
	exporter, err := stdouttrace.New(stdouttrace.WithWriter(out), stdouttrace.WithPrettyPrint())
	if err != nil {
		return err
	}
	traces := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter))
	defer func() { err = errors.Join(err, traces.Shutdown(ctx)) }()
	reader := sdkmetric.NewManualReader() // yours exports to a collector
	count, err := attempts(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)).Meter("example"))
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
	client, err := novu.NewClient(srv.SecretKey(), novu.WithBaseURL(srv.URL()), novu.WithAttemptHook(count),
		novu.WithHTTPClient(&http.Client{
			Transport: otelhttp.NewTransport(http.DefaultTransport,
				otelhttp.WithTracerProvider(traces),
				// The default name is the method alone; a path may hold identifiers.
				otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string { return "novu " + r.Method })),
		}))
	if err != nil {
		return err
	}
	check, span := traces.Tracer("example").Start(ctx, "check novu")
	_, err = client.Ping(check)
	span.End()
	if err != nil {
		return err
	}
	return show(ctx, out, reader)
}

// attempts is a hook that measures each attempt. Operations, outcomes and statuses are few, so that
// they can be attributes.
func attempts(meter metric.Meter) (func(context.Context, novu.Attempt), error) {
	duration, err := meter.Float64Histogram("novu.attempt.duration", metric.WithUnit("s"), metric.WithDescription("How long an attempt took."))
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, a novu.Attempt) {
		duration.Record(ctx, a.Duration.Seconds(), metric.WithAttributes(
			attribute.String("operation", a.Operation), attribute.String("outcome", a.Outcome),
			attribute.Int("status", a.Status), attribute.Bool("again", a.Again)))
	}, nil
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
				operation, _ := point.Attributes.Value("operation")
				outcome, _ := point.Attributes.Value("outcome")
				fmt.Fprintf(out, "%s: %d of %q ended as %q\n", m.Name, point.Count, operation.AsString(), outcome.AsString())
			}
		}
	}
	return nil
}
