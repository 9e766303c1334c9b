"""Marts to forecasts: features, model, backtest, registry and promotion, forecast (see docs/model.md)."""
