"""Day-ahead prices of the EPEX SPOT auction for France: a Scrapy project around one pure parser.

The page is public, but its terms allow internal use only ("Content of this site only to be used for internal reasons.
Commercial usage is only allowed after explicit approval of EPEX."): what is collected stays in the warehouse of whoever
collects it, and none of it belongs into this repository. The spider obeys robots.txt, says who it is, asks for each
delivery day once and slowly.
"""
