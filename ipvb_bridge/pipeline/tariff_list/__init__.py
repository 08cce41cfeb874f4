"""Reading a tariff list of the organisation or the regulator, and joining it with the tariffs there are.

``sheets`` reads a file into cells, ``headings`` finds which column holds what, ``words`` and ``amounts`` read single
cells, ``reading`` makes tariff rows of it, ``joining`` puts them beside the tariffs there are, ``step`` does it all.
"""
