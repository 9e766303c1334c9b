"""A synthetic France: generated weather, load and prices, and a server that speaks the publishers' wire formats.

Nothing here is data of any publisher; see ``docs/demo-data.md`` for what is generated, how, and what is not realistic.
"""
